/** No font, image or script comes from elsewhere: the page is one file, and works without a network. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #ffffff; --raised: #f5f6f8; --text: #1b1f24; --quiet: #57606a; --line: #d5dae0;
  --good: #1a7f4b; --bad: #c62b2b; --answered: #8fb4dc; --failed: #c62b2b; --band: #f6dfa4;
  --p50: #2466a8; --p99: #b3541e; --tasks-0: #1a7f4b; --tasks-1: #8250a8; --tasks-2: #2466a8;
  --version-0: #4c8fd0; --version-1: #e0a030; --version-2: #3aa37a; --version-3: #a774c8; --version-4: #d06a6a; --version-5: #7a8794;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14181d; --raised: #1d232a; --text: #e4e8ec; --quiet: #9aa5b1; --line: #343c46;
    --good: #57c98f; --bad: #ff7b72; --answered: #45719f; --failed: #ff7b72; --band: #5a4a1e;
    --p50: #79b8ff; --p99: #f2a36b; --tasks-0: #57c98f; --tasks-1: #c69bea; --tasks-2: #79b8ff;
    --version-0: #4c8fd0; --version-1: #d29a35; --version-2: #3f9a76; --version-3: #9d72bb; --version-4: #c56a6a; --version-5: #7a8794;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px 20px 48px; max-width: 840px; background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 19px; line-height: 1.3; margin: 0; }
p { margin: 4px 0; }
code { font: 0.92em ui-monospace, 'SFMono-Regular', Menlo, 'Liberation Mono', monospace; overflow-wrap: anywhere; }
a { color: inherit; }
.quiet { color: var(--quiet); }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 2px 14px; margin: 16px 0; font-size: 14px; }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; margin: 16px 0 8px; font-size: 14px; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--quiet); }
th, td { padding: 5px 8px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.number { text-align: right; padding-right: 0; padding-left: 8px; white-space: nowrap; }
.kept { color: var(--good); } .broken, .failed.verdict { color: var(--bad); } .not-run { color: var(--quiet); }
.verdict { font-weight: 600; white-space: nowrap; }
section { margin-top: 32px; padding-top: 20px; border-top: 1px solid var(--line); }
.head { display: flex; flex-wrap: wrap; gap: 2px 14px; align-items: baseline; }
.promise { list-style: none; margin: 10px 0; padding: 0; }
.promise li { padding-left: 22px; text-indent: -22px; margin: 3px 0; overflow-wrap: anywhere; }
.promise .mark-of { display: inline-block; width: 22px; text-indent: 0; font-weight: 600; }
.marks { margin: 6px 0 0; padding-left: 26px; font-size: 14px; }
.marks li { overflow-wrap: anywhere; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 6px 0; font-size: 14px; }
.legend i { display: inline-block; width: 11px; height: 11px; margin-right: 6px; border-radius: 2px; }
svg { display: block; margin: 12px 0 4px; max-width: 100%; height: auto; font: 12px system-ui, 'Liberation Sans', sans-serif; }
.narrow { display: none; }
svg .name { fill: var(--text); paint-order: stroke; stroke: var(--ground); stroke-width: 4px; } svg .tick { fill: var(--quiet); font-size: 11px; }
svg .grid { stroke: var(--line); } svg .band { fill: var(--band); }
svg .answered { fill: var(--answered); } svg .failed { fill: var(--failed); }
svg path { fill: none; stroke-width: 1.6; } svg .p50 { stroke: var(--p50); } svg .p99 { stroke: var(--p99); }
svg .tasks-0 { stroke: var(--tasks-0); } svg .tasks-1 { stroke: var(--tasks-1); } svg .tasks-2 { stroke: var(--tasks-2); }
svg .mark line { stroke: var(--text); stroke-dasharray: 3 3; opacity: 0.75; }
svg .mark text { fill: var(--text); font-size: 11px; font-weight: 600; paint-order: stroke; stroke: var(--ground); stroke-width: 4px; }
${[0, 1, 2, 3, 4, 5].map((number) => `svg .version-${number} { fill: var(--version-${number}); } .legend .version-${number} { background: var(--version-${number}); }`).join('\n')}
.legend .p50 { background: var(--p50); } .legend .p99 { background: var(--p99); }
.legend .tasks-0 { background: var(--tasks-0); } .legend .tasks-1 { background: var(--tasks-1); } .legend .tasks-2 { background: var(--tasks-2); }
@media (max-width: 780px) { .wide { display: none; } .narrow { display: block; } body { padding: 16px 14px 40px; } .optional { display: none; } }
@media print {
  :root { color-scheme: light; --ground: #ffffff; --text: #000000; --quiet: #444444; --line: #bbbbbb; --good: #146c3f; --bad: #b02020;
    --answered: #8fb4dc; --failed: #c62b2b; --band: #f6dfa4; --p50: #2466a8; --p99: #b3541e; --tasks-0: #1a7f4b; --tasks-1: #8250a8; --tasks-2: #2466a8; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { max-width: none; padding: 0; font-size: 12px; }
  section { break-inside: avoid; margin-top: 16px; padding-top: 12px; }
  .wide { display: block; } .narrow { display: none; }
}
`;
