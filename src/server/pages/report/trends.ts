// Hook times, tokens and refreshes over the last days, each chart with its numbers as a table.

import type { Report } from "../../../core/report/report.ts";
import { barChart, dayLabel, lineChart, smallBars } from "../charts.ts";
import { count, html, oneLine, type Html } from "../html.ts";

type Row = readonly (string | number)[];

interface Chart {
  title: string;
  about: Html | string;
  /** Null if there is no data. */
  drawn: Html | null;
  /** The same numbers, with their headings. */
  heads: readonly string[];
  rows: readonly Row[];
}

const chart = ({ title, about, drawn, heads, rows }: Chart): Html =>
  html`<figure>
    <figcaption>
      <h3>${title}</h3>
      <p class="small faint">${about}</p>
    </figcaption>
    ${
      drawn === null
        ? ""
        : html`${drawn}
            <details>
              <summary class="small">As a table</summary>
              <table aria-label="${title}">
                <thead>
                  <tr>
                    ${heads.map((head) => html`<th scope="col">${head}</th>`)}
                  </tr>
                </thead>
                <tbody>
                  ${rows.map(
                    (row) =>
                      html`<tr>
                        ${row.map((cell) => html`<td>${cell}</td>`)}
                      </tr>`,
                  )}
                </tbody>
              </table>
            </details>`
    }
  </figure>`;

function hookChart({ days }: Report): Html {
  const known = days.flatMap(({ day, hooks }) => (hooks === null ? [] : [{ day, ...hooks }]));
  const axes = {
    days: days.map(({ day }) => day),
    most: Math.max(0, ...known.map(({ p95 }) => p95)),
  };
  const lines = [
    { values: days.map(({ hooks }) => hooks?.p95 ?? null), style: "upper" },
    { values: days.map(({ hooks }) => hooks?.p50 ?? null), style: "middle" },
  ];
  const key = html`<span class="key upper">p95</span><span class="key middle">p50</span>`;
  return chart({
    title: "Hook times",
    about:
      known.length === 0
        ? "Not measured yet."
        : html`Milliseconds from the start of Node until a text was given. ${key}`,
    drawn: known.length === 0 ? null : lineChart(axes, "Hook times by day, p50 and p95", lines),
    heads: ["Day", "Hooks", "p50 ms", "p95 ms"],
    rows: known.map(({ day, count: hooks, p50, p95 }) => [dayLabel(day), hooks, p50, p95]),
  });
}

function tokenChart({ days }: Report): Html {
  const values = days.map(({ tokens }) => tokens);
  const sum = values.reduce((all, one) => all + one, 0);
  const axes = { days: days.map(({ day }) => day), most: Math.max(...values) };
  return chart({
    title: "Tokens given to sessions",
    about: `${count(sum, "token")} in ${days.length} days (o200k estimate).`,
    drawn: sum === 0 ? null : barChart(axes, "Tokens by day", values),
    heads: ["Day", "Texts", "Tokens"],
    rows: days.map(({ day, texts, tokens }) => [dayLabel(day), texts, tokens]),
  });
}

function refreshRow(source: string, { days }: Report, most: { up: number; down: number }): Html {
  const counts = days.map(({ refreshes }) => {
    const own = refreshes.find((one) => one.source === source);
    return { up: own?.answered ?? 0, down: own?.failed ?? 0 };
  });
  const up = counts.reduce((sum, one) => sum + one.up, 0);
  const down = counts.reduce((sum, one) => sum + one.down, 0);
  return html`<tr>
    <th scope="row">${oneLine(source, 60)}</th>
    <td>
      ${smallBars(
        days.map(({ day }) => day),
        counts,
        most,
      )}
    </td>
    <td class="number">${up.toLocaleString("en")}</td>
    <td class="number${down === 0 ? "" : " bad"}">${down.toLocaleString("en")}</td>
  </tr>`;
}

function refreshChart(report: Report): Html {
  const { days } = report;
  const counted = days.flatMap(({ refreshes }) => refreshes);
  const most = {
    up: Math.max(0, ...counted.map(({ answered }) => answered)),
    down: Math.max(0, ...counted.map(({ failed }) => failed)),
  };
  const names = [...new Set(counted.map(({ source }) => source))];
  const span = `${dayLabel(days[0]?.day ?? "")} to ${dayLabel(days.at(-1)?.day ?? "")}`;
  return html`<figure class="wide">
    <figcaption>
      <h3>Refreshes by source</h3>
      <p class="small faint">
        ${names.length === 0 ? "Not counted yet." : "Responses above the line, failures below it, by day."}
      </p>
    </figcaption>
    ${
      names.length === 0
        ? ""
        : html`<table>
            <thead>
              <tr>
                <th scope="col" class="owner">Source</th>
                <th scope="col">${span}</th>
                <th scope="col" class="age number">Responses</th>
                <th scope="col" class="age number">Failures</th>
              </tr>
            </thead>
            <tbody>
              ${names.map((name) => refreshRow(name, report, most))}
            </tbody>
          </table>`
    }
  </figure>`;
}

export const trendsSection = (report: Report): Html =>
  html`<section id="trends" aria-labelledby="trends-title">
    <h2 id="trends-title">Last ${report.days.length} days</h2>
    <div class="charts">${hookChart(report)} ${tokenChart(report)} ${refreshChart(report)}</div>
  </section>`;
