// From samples to figures: medians with their spread, ratios round by round, and what they are allowed to be.

const OURS = "auth0-current-user";

/** `{ median, p10, p90, rounds }` of samples, each rounded to four digits. */
export function describe(samples) {
  const sorted = samples.toSorted((left, right) => left - right);
  const at = (part) => {
    const index = part * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(index)], sorted[Math.ceil(index)]];
    return Number((low + (high - low) * (index % 1)).toPrecision(4));
  };
  return { median: at(0.5), p10: at(0.1), p90: at(0.9), rounds: sorted.length };
}

/**
 * One measurement of the report. `against` says what ours is compared with: `{ peer: limit }`, where the limit is
 * `{ budget }`, `{ aim }` or `{}`. A budget can be missed; an aim is only shown.
 */
export function compare(title, samples, against, unit = "ms") {
  const names = [OURS, ...Object.keys(against)];
  const subjects = Object.fromEntries(names.map((name) => [name, describe(samples[name])]));
  const ratios = Object.entries(against).map(([peer, limit]) => {
    // Each round by itself, because both had the same machine only then.
    const found = describe(samples[OURS].map((ours, round) => ours / samples[peer][round]));
    return { peer, ...found, ...judge(found.median, limit) };
  });
  return { title, unit, subjects, ratios };
}

function judge(value, { budget, aim }) {
  if (budget !== undefined) return { budget, met: value <= budget };
  return aim === undefined ? {} : { aim, met: value <= aim };
}

/**
 * Growth is at most linear where no step costs more than its factor in size, or than the same step costs the bare platform:
 * `rows` are `[{ size, ms, fetch }]`.
 */
export function growth(title, unit, rows) {
  const steps = rows.slice(1).map((row, index) => {
    const before = rows[index];
    const allowed = Math.max(row.size / before.size, (row.fetch ?? 0) / (before.fetch ?? 1));
    return row.ms / before.ms / allowed;
  });
  const worst = Number(Math.max(...steps).toPrecision(3));
  return { title, unit, rows, worst, budget: 1, met: worst <= 1 };
}

/** Everything in the report that has a budget: `[{ name, value, budget, met }]`. */
export function budgets({ size, measurements, growths, memory }) {
  return [
    { name: "bytes, brotli", value: size.total.brotli, ...size.limit },
    ...Object.values(measurements).flatMap(({ title, ratios }) =>
      ratios.map(({ peer, median, ...limit }) => ({
        name: `${title}, by ${peer}`,
        value: median,
        ...limit,
      })),
    ),
    ...Object.values(growths).map(({ title, worst, budget, met }) => ({
      name: `${title}: cost by size, worst step`,
      value: worst,
      budget,
      met,
    })),
    { name: memory.title, value: memory.growth, budget: 0, met: memory.met },
  ].filter(({ budget }) => budget !== undefined);
}

const pad = (text, width) => String(text).padEnd(width);
const number = (value) =>
  value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(2) : value.toFixed(3);
const spread = ({ median, p10, p90 }) => `${number(median)} (${number(p10)} to ${number(p90)})`;

/** The report as lines for a terminal. */
export function toText(report) {
  const lines = ["", "sign in, show the profile: bytes, brotli"];
  for (const { library, brotli } of report.size.mainJob)
    lines.push(`  ${pad(library, 26)}${brotli}`);
  for (const { title, unit, subjects, ratios } of Object.values(report.measurements)) {
    lines.push("", `${title}, ${unit}: median (10th to 90th percentile)`);
    for (const [name, figures] of Object.entries(subjects)) {
      const found = ratios.find(({ peer }) => peer === name);
      const beside = found ? `ours by this: ${pad(spread(found), 26)}${verdict(found)}` : "";
      lines.push(`  ${pad(name, 26)}${pad(spread(figures), 28)}${beside}`.trimEnd());
    }
  }
  for (const { title, unit, rows } of Object.values(report.growths)) {
    lines.push("", `${title}, ms`);
    for (const { size, ms, memory, fetch } of rows) {
      const beside = fetch === undefined ? "" : `   bare fetch ${number(fetch)}`;
      lines.push(
        `  ${pad(`${size} ${unit}`, 20)}${pad(number(ms), 10)}${memory / 1024} KiB${beside}`,
      );
    }
  }
  lines.push("", "one sign-in of many in a page, ms");
  for (const { done, ms, memory } of report.memory.rows)
    lines.push(`  ${pad(`${done} done`, 20)}${pad(number(ms), 10)}${memory / 1024} KiB`);
  lines.push("", "budgets");
  for (const { name, value, budget, met } of budgets(report))
    lines.push(`  ${met ? "✓" : "✗"} ${pad(name, 68)}${pad(number(value), 9)} at most ${budget}`);
  return lines.join("\n");
}

function verdict({ budget, aim, met }) {
  if (budget !== undefined) return `${met ? "✓" : "✗"} at most ${budget}`;
  return aim === undefined ? "" : `${met ? "✓" : "✗"} aim ${aim}`;
}

/** The report as the section of the README: what has a goal. */
export function toMarkdown({ size, measurements, growths, memory, machine, versions }) {
  const kB = (bytes) => `${Number((bytes / 1000).toFixed(1))} kB`;
  const ms = (value) => `${Number(value.toPrecision(2))} ms`;
  const [ours, ...others] = size.mainJob;
  const rows = Object.values(measurements).flatMap(({ title, ratios }) =>
    ratios
      .filter(({ met }) => met !== undefined)
      .map(
        ({ peer, median, p10, p90, budget, aim, met }) =>
          `| ${title} | ${peer} | ${[median, p10, p90].map((it) => it.toFixed(2)).join(" | ")} | ${budget ?? aim} ${met ? "✓" : "✗"} |`,
      ),
  );
  const [oneKey, , manyKeys] = growths.keys.rows;
  const [small, , , large] = growths.profile.rows;
  const tools = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `
![Bars: bytes, start-up, redirect handling and authorize URL beside other libraries](docs/images/bench.svg)

An application that signs in and shows the profile, bundled by Vite and compressed by brotli, has ${kB(ours.brotli)}; with ${others.map(({ library, brotli }) => `${library} ${kB(brotli)}`).join(", with ")}. The goal is ${kB(size.limit.budget)} for the whole package, which has ${kB(size.total.brotli)} ${size.limit.met ? "✓" : "✗"}. \`npm run size\` shows what the bytes are for.

Our time divided by another's in the same run; below 1, ours is shorter:

| | beside | median | 10 % | 90 % | goal |
|---|---|---|---|---|---|
${rows.join("\n")}

A sign-in that reads a set of ${oneKey.size} key takes ${ms(oneKey.ms)}, of ${manyKeys.size} keys ${ms(manyKeys.ms)}. A profile of ${kB(small.size)} takes ${ms(small.ms)}, and ${ms(small.fetch)} by \`fetch\` alone; of ${kB(large.size)} ${ms(large.ms)}, and ${ms(large.fetch)}. After ${memory.signIns} sign-ins in one page the module's memory has grown by ${memory.growth} bytes.

\`npm run bench\` measures this: ours, the others and bare WebCrypto take turns in one page, on the same response with the same key, after each was seen to refuse forged ones. \`npm run bench -- --publish\` made these figures, with Chromium ${machine.chromium} on ${machine.cores} cores (${machine.cpu}), beside ${tools.join(", ")}. All of them are in [docs/bench.json](docs/bench.json); what the subjects do is in [bench/](bench/).`;
}
