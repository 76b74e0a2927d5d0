// The style that all pages share: light and dark colors, type, and small parts. Color is never the only sign of a state.

/** Each in light and in dark; text has a contrast of at least 4.5 to 1 on the ground and on a surface. */
const colors = {
  ground: ["#fafaf8", "#131519"],
  surface: ["#fff", "#1a1d22"],
  ink: ["#1b1e23", "#e5e7ea"],
  faint: ["#5b626d", "#a3aab5"],
  line: ["#dfe1e5", "#30353d"],
  accent: ["#1d5fb8", "#8db9f7"],
  good: ["#1d6b3a", "#7fcf9b"],
  warn: ["#8a5300", "#e8b866"],
  bad: ["#b3261e", "#ff9189"],
};

const variables = Object.entries(colors).map(
  ([name, [light, dark]]) => `--${name}:light-dark(${light},${dark})`,
);

export const themeCss: string = `
:root{color-scheme:light dark;${variables.join(";")};
--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;
--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
*{box-sizing:border-box;margin:0;padding:0}
html{font:15px/1.5 var(--sans);color:var(--ink);background:var(--ground);-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:76rem;padding:1.75rem clamp(1rem,4vw,2.5rem) 4rem;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
h1{font-size:1.7rem;line-height:1.2;font-weight:650;letter-spacing:-.015em}
h2{font-size:1.2rem;line-height:1.3;font-weight:650;letter-spacing:-.01em}
h3{font-size:1rem;font-weight:620}
ul,ol{list-style:none}
a{color:var(--accent);text-decoration:none}
a:hover{text-decoration:underline}
a.title{color:inherit;text-decoration:underline;text-decoration-color:var(--line);text-underline-offset:.2em}
a.title:hover{text-decoration-color:currentColor}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:2px}
code,pre{font:.87em/1.5 var(--mono)}
pre{white-space:pre-wrap}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.unseen:focus{position:fixed;inset:.5rem auto auto .5rem;width:auto;height:auto;clip-path:none;padding:.5rem 1rem;background:var(--surface);border:1px solid var(--line);z-index:1}
.faint{color:var(--faint)}
.small{font-size:.87rem}
.row{display:flex;flex-wrap:wrap;gap:.25rem .75rem;align-items:baseline}
.push{margin-left:auto}
.badge{font-size:.78rem;line-height:1.35;font-weight:600;white-space:nowrap;border:1px solid currentColor;border-radius:.25rem;padding:0 .35rem}
.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}
.panel{background:var(--surface);border:1px solid var(--line);border-radius:.5rem;padding:1.1rem 1.25rem}
table{width:100%;border-collapse:collapse;table-layout:fixed}
th{text-align:left;font-size:.8rem;font-weight:600;color:var(--faint)}
th,td{padding:.4rem .75rem .4rem 0;border-bottom:1px solid var(--line);vertical-align:baseline}
th:last-child,td:last-child{padding-right:0}
.number{text-align:right}
summary{cursor:pointer}
@media print{
@page{size:A4;margin:14mm}
:root{color-scheme:light;--ground:#fff;font-size:9.5pt}
body{max-width:none;padding:0}
.screen{display:none}
tr,figure,li{break-inside:avoid}
h2,h3{break-after:avoid}
}
`;
