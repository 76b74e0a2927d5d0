// The report's additions to the common style, and its one script: a filter over the tasks.

import { themeCss } from "../theme.ts";

export const reportCss: string = `${themeCss}
header{display:flex;flex-wrap:wrap;gap:.75rem 2rem;justify-content:space-between;align-items:end;margin-bottom:1.75rem}
nav{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem}
main>section{margin-top:3rem}
main>section>h2,main>section>.row{margin-bottom:.75rem}
main:focus{outline:0}
.start{display:grid;gap:2rem 3.5rem;grid-template-columns:minmax(0,1fr);align-items:start}
.first+h2{margin-top:1.5rem}
.first li{padding:.45rem 0;border-bottom:1px solid var(--line)}
.first li:last-child{border-bottom:0}
[aria-labelledby=first-Now] .title{font-size:1.1rem;line-height:1.35;font-weight:620}
.id{font:.8rem/1.5 var(--mono);color:var(--faint)}
.why{display:block;font-size:.83rem;color:var(--faint)}
.why.bad{color:var(--bad)}
.problems li{display:grid;grid-template-columns:6.2rem minmax(0,1fr);padding:.6rem 0;border-top:1px solid var(--line);align-items:baseline}
.problems li:first-child{border-top:0}
.problems code{display:block;color:var(--faint)}
dl{display:grid;grid-template-columns:6.2rem minmax(0,1fr);gap:.35rem 0;padding:1.25rem 1.25rem 0}
dt{color:var(--faint)}
.source{margin-top:1.75rem}
.owner{width:7.5rem}.age{width:4.5rem}
.wide .age{width:5.5rem}
@media (max-width:30rem){.owner{width:4.25rem}.age{width:3.5rem}th,td{padding-right:.5rem}}
@media print{thead,tr.group,main>section>.row{break-after:avoid}}
tr.group th{color:var(--ink);padding-top:1rem}
.filter input{font:inherit;color:inherit;background:var(--surface);border:1px solid var(--faint);border-radius:.35rem;padding:.2rem .5rem;width:14rem;max-width:60vw}
.more{margin-top:.6rem}
.trees li{padding:.5rem 0;border-bottom:1px solid var(--line)}
.trees{margin-bottom:1.25rem}
svg{display:block;overflow:visible}
svg text{font:11px var(--sans);fill:var(--faint)}
.grid{stroke:var(--line)}
.span{stroke:var(--faint);stroke-width:3;stroke-linecap:round;opacity:.6}
.mark{fill:var(--accent);stroke:var(--ground)}
.sessions{margin-top:1rem}
.sessions>li{padding:.8rem 0;border-top:1px solid var(--line)}
.texts summary{padding:.15rem 0;font-size:.9rem}
.texts pre{margin:.35rem 0 .75rem}
.charts{display:grid;gap:2rem 3.5rem;grid-template-columns:minmax(0,1fr)}
.chart{display:grid;grid-template-columns:auto minmax(0,1fr);margin:.75rem 0 .25rem}
path.middle,path.upper{fill:none;stroke-width:2}
path.middle{stroke:var(--accent)}path.upper{stroke:var(--warn);stroke-dasharray:5 4}
circle.middle{fill:var(--accent)}circle.upper{fill:var(--ground);stroke:var(--warn);stroke-width:1.5}
.key::before{content:"";display:inline-block;width:1.4rem;vertical-align:middle;margin:0 .3rem 0 .6rem;border-top:2px solid var(--accent)}
.key.upper::before{border-top:2px dashed var(--warn)}
.wide td,.wide th{vertical-align:middle}
.bar{fill:var(--accent)}.bar.failed{fill:var(--bad)}
footer{margin-top:3.5rem;padding-top:1rem;border-top:1px solid var(--line)}
@media (min-width:60rem){
.start{grid-template-columns:minmax(0,7fr) minmax(0,5fr)}
.charts{grid-template-columns:repeat(2,minmax(0,1fr))}
.charts .wide{grid-column:1/-1}
.first div,.task div{display:flex;gap:.75rem;align-items:baseline}
.first .id,.task .id{flex:0 0 6.5rem}
.first .why,.task .why{padding-left:7.25rem}
.owner{width:10rem}.age{width:5.5rem}
}
`;

/** Without it the page is complete, only unfiltered. It writes no markup. */
export const reportScript = `
const input = document.getElementById("filter");
const rows = [...document.querySelectorAll("tr.task")];
let texts = null;
function filter() {
  const words = input.value.toLowerCase().split(/\\s+/).filter(Boolean);
  texts ??= rows.map((row) => row.textContent.toLowerCase());
  let shown = 0;
  rows.forEach((row, at) => {
    row.hidden = !words.every((word) => texts[at].includes(word));
    if (!row.hidden) shown += 1;
  });
  for (const group of document.querySelectorAll("#tasks tbody"))
    group.hidden = !group.querySelector(".task:not([hidden])");
  for (const one of document.querySelectorAll("#tasks details")) one.open = words.length > 0;
  document.getElementById("found").textContent = words.length === 0 ? "" : shown + " of " + rows.length + " tasks";
}
let timer;
input.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(filter, 100);
});
addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target === input) return;
  event.preventDefault();
  input.focus();
});
input.closest("label").hidden = false;
`;
