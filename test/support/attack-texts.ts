// Texts that do harm if a page forgets to escape them, and the corpus of hostile texts.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { hostile } from "./hostile.ts";

type Entry = string | { repeat: [text: string, times: number] };
const corpus = JSON.parse(
  readFileSync(join(import.meta.dirname, "../fixtures/hostile-texts.json"), "utf8"),
) as Record<string, Entry[]>;

const run = "window.pwned=1";
/** Markup that runs code if a page forgets to escape it, for each place that can contain text. */
export const markup: readonly string[] = [
  `<script>${run}</script>`,
  `<img src=x onerror=${run}>`,
  `"><img src=x onerror="${run}">`,
  `'><svg onload='${run}'>`,
  `" autofocus onfocus="${run}" x="`,
  `</style><script>${run}</script>`,
  `</script><script>${run}</script>`,
  `</title><script>${run}</script>`,
  `</pre><iframe srcdoc="<script>parent.${run}</script>"></iframe>`,
  `--><script>${run}</script><!--`,
  `<svg><style><img src=x onerror=${run}></style></svg>`,
  `<math><mtext></mtext><script>${run}</script></math>`,
  `<base href="https://evil.example/"><link rel=stylesheet href=x.css>`,
  `<meta http-equiv=refresh content="0;url=https://evil.example/">`,
  `<details open ontoggle=${run}>x</details>`,
  `<a href="javascript:${run}">x</a>`,
  `javascript:${run}`,
  ` java\tscript:${run}//`,
  `data:text/html,<script>opener.${run}</script>`,
  'https://evil.example/?a="onclick="' + run,
  "&lt;script&gt;&#34;&#x3c;img src=x onerror=" + run + "&#x3e;",
  "${" + run + "}{{" + run + "}}",
];
export const texts: readonly string[] = [
  ...markup,
  hostile,
  ...Object.values(corpus)
    .flat()
    .map((entry) => (typeof entry === "string" ? entry : entry.repeat[0].repeat(entry.repeat[1]))),
];
