// The board's additions to the common style.

import { themeCss } from "../theme.ts";

export const boardCss: string = `${themeCss}
body{max-width:96rem;padding-top:1rem}
header{display:flex;flex-wrap:wrap;gap:.35rem 1.25rem;align-items:baseline;padding-bottom:.75rem;margin-bottom:1.5rem;border-bottom:1px solid var(--line)}
nav{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem}
.project::before{content:"/";margin-right:1.25rem;font-weight:400;color:var(--faint)}
[aria-current]{color:var(--ink);font-weight:600}
.account{margin-left:auto;display:flex;flex-wrap:wrap;gap:.25rem .75rem;align-items:baseline}
main:focus{outline:0}
h1+*{margin-top:1rem}
button,.button,input,select,textarea{font:inherit;color:inherit;background:var(--surface);border:1px solid var(--faint);border-radius:.35rem;padding:.25rem .65rem;max-width:100%}
button,.button,select{cursor:pointer}
button:hover,.button:hover{border-color:var(--ink);text-decoration:none}
button.plain{border:0;padding:0;background:none;color:var(--accent)}
button.plain:hover{text-decoration:underline}
.button{display:inline-block;padding:.5rem 1rem}
label{display:inline-flex;flex-wrap:wrap;gap:.25rem .5rem;align-items:baseline}
.fields{display:grid;gap:.75rem;justify-items:start}
.fields label{display:grid;width:100%}
.fields input:not([type=hidden]),.fields textarea{width:100%;min-width:0}
.filter{margin:1rem 0;gap:.5rem 1rem}
.filter input{width:11rem}
.add{margin-bottom:1.25rem}
.add .panel{margin-top:.75rem;max-width:40rem}
.alert,.said:not(:empty){background:var(--surface);border:1px solid var(--warn);border-left-width:.35rem;border-radius:.35rem;padding:.6rem .9rem}
.alert{margin-bottom:1.25rem}
.said:not(:empty){position:fixed;inset:auto 1rem 1rem auto;max-width:min(30rem,calc(100vw - 2rem));border-color:var(--accent)}
.said.bad:not(:empty){border-color:var(--bad);color:inherit}
.columns{display:grid;gap:1rem;grid-template-columns:minmax(0,1fr);align-items:start}
.column{background:color-mix(in srgb,var(--line) 35%,var(--ground));border-radius:.5rem;padding:.75rem}
.column h2{font-size:1rem;margin-bottom:.5rem}
.column>p{margin-top:.5rem}
.column.over{outline:2px dashed var(--accent);outline-offset:-2px}
.card{background:var(--surface);border:1px solid var(--line);border-radius:.4rem;padding:.6rem .7rem;margin-bottom:.5rem}
.card[draggable]{cursor:grab}
.card.moving{opacity:.5}
.card .row{margin-top:.3rem}
.card .title{text-decoration-color:transparent}
.card .title:hover{text-decoration-color:currentColor}
.id{font:.8rem/1.5 var(--mono);color:var(--faint)}
a.id{color:var(--accent)}
.why{font-size:.83rem;color:var(--warn)}
.menu{margin-top:.35rem;font-size:.83rem}
.menu summary{color:var(--accent);width:max-content}
.menu div{display:flex;flex-wrap:wrap;gap:.35rem;padding-top:.35rem}
.projects li{padding:.5rem 0;border-bottom:1px solid var(--line)}
.projects+.add{margin-top:1.5rem}
main section{margin-top:1.5rem}
.columns section{margin:0}
.two{display:grid;gap:1rem 3rem;grid-template-columns:minmax(0,1fr);align-items:start}
.two h2{margin:1.25rem 0 .5rem;font-size:1rem}
dl{display:grid;grid-template-columns:6.5rem minmax(0,1fr);gap:.35rem 0}
dt{color:var(--faint)}
.activity li{padding:.5rem 0;border-top:1px solid var(--line)}
.activity li:first-child{border-top:0}
.activity pre{margin-top:.35rem;padding:.6rem .8rem;font-family:var(--sans);font-size:1em}
.age{width:4.5rem}.owner{overflow-wrap:anywhere}
th.owner{width:8rem}
.narrow{max-width:30rem}
.narrow>*+*{margin-top:1rem}
@media (min-width:48rem){
.columns:not(.one){grid-template-columns:repeat(2,minmax(0,1fr))}
.two{grid-template-columns:minmax(0,3fr) minmax(16rem,2fr)}
}
@media (min-width:72rem){
.columns:not(.one){grid-template-columns:repeat(4,minmax(0,1fr))}
}
`;
