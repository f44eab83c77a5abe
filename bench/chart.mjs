// Draws the report: one panel for each measurement that includes other libraries, this package first.

const WIDTH = 800;
const COLUMN = WIDTH / 2;
const ROW = 22;
const HEAD = 44;
const LABEL = 150;
const BAR = COLUMN - LABEL - 90;

/** The SVG. It has a background, so that it is readable on light and on dark pages. */
export function draw({ size, measurements }) {
  const bytes = size.mainJob.map(({ library, brotli }) => [library, brotli / 1000]);
  const medians = ({ subjects }, factor = 1) =>
    Object.entries(subjects).map(([name, { median }]) => [name, median * factor]);
  const panels = [
    ["Download, kB (brotli)", bytes],
    ["Start-up from memory, ms", medians(measurements.startUpFromMemory)],
    ["Cold page until ready, ms", medians(measurements.startUpColdPage)],
    ["Redirect handling, keys at hand, ms", medians(measurements.redirectWarm)],
    ["First redirect of a page, ms", medians(measurements.redirectFirst)],
    ["Authorize URL, µs", medians(measurements.authorizeUrl, 1000)],
  ];
  const height = (rows) => HEAD + rows.length * ROW + 16;
  const parts = [];
  let y = 8;
  for (let index = 0; index < panels.length; index += 2) {
    const pair = panels.slice(index, index + 2);
    pair.forEach(([title, rows], column) =>
      parts.push(panel(title, rows, 20 + column * COLUMN, y)),
    );
    y += Math.max(...pair.map(([, rows]) => height(rows)));
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" font-family="system-ui, sans-serif" font-size="13">
<title>auth0-current-user beside other libraries; shorter is better</title>
<rect width="${WIDTH}" height="${y}" rx="8" fill="#fff"/>
${parts.join("\n")}
</svg>
`;
}

function panel(title, rows, x, y) {
  const longest = Math.max(...rows.map(([, value]) => value));
  const bars = rows.map(([name, value], index) => {
    const top = y + HEAD + index * ROW;
    const ours = name === "auth0-current-user";
    const weight = ours ? ' font-weight="600"' : "";
    const width = Math.max(1, (value / longest) * BAR).toFixed(1);
    const text =
      value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
    return `<text x="${x + LABEL - 8}" y="${top + 12}" text-anchor="end" fill="#222"${weight}>${name}</text><rect x="${x + LABEL}" y="${top}" width="${width}" height="16" rx="2" fill="${ours ? "#c2410c" : "#9ca3af"}"/><text x="${x + LABEL + Number(width) + 6}" y="${top + 12}" fill="#222"${weight}>${text}</text>`;
  });
  return [
    `<text x="${x}" y="${y + 28}" font-size="15" font-weight="600" fill="#222">${title}</text>`,
    ...bars,
  ].join("\n");
}
