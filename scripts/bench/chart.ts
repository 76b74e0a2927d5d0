// The ratios as a chart: one bar a row, on a logarithmic scale, ours in another color than the others.

export interface Bar {
  label: string;
  value: number;
  kind: "ours" | "peer" | "base";
}

const rowHeight = 26;
const [labelWidth, barWidth, valueWidth] = [350, 420, 90];
const colors: Record<Bar["kind"], string> = { ours: "#1f7a4d", peer: "#9aa5b1", base: "#4a5563" };

const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** An SVG that sets its own size. `title` is also its accessible name. */
export function chart(title: string, bars: readonly Bar[]): string {
  const smallest = Math.min(...bars.map((bar) => bar.value)) / 1.5;
  const largest = Math.max(...bars.map((bar) => bar.value));
  const lengthOf = (value: number): number =>
    (Math.log(value / smallest) / Math.log(largest / smallest)) * barWidth;
  const height = rowHeight * bars.length + 70;
  const width = labelWidth + barWidth + valueWidth;
  const one = labelWidth + lengthOf(1);
  const rows = bars.map((bar, index) => {
    const y = 50 + index * rowHeight;
    const length = Math.max(1, lengthOf(bar.value));
    const value = bar.value < 10 ? bar.value.toFixed(2) : bar.value.toFixed(0);
    return [
      `<text x="${labelWidth - 10}" y="${y + 15}" text-anchor="end">${escapeXml(bar.label)}</text>`,
      `<rect x="${labelWidth}" y="${y + 2}" width="${length.toFixed(1)}" height="18" fill="${colors[bar.kind]}"/>`,
      `<text x="${(labelWidth + length + 6).toFixed(1)}" y="${y + 15}">${value}</text>`,
    ].join("");
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(title)}" font-family="sans-serif" font-size="13" fill="#222">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="12" y="24" font-size="15" font-weight="bold">${escapeXml(title)}</text>`,
    `<line x1="${one.toFixed(1)}" y1="40" x2="${one.toFixed(1)}" y2="${height - 12}" stroke="#4a5563" stroke-dasharray="4 3"/>`,
    ...rows,
    "</svg>\n",
  ].join("\n");
}
