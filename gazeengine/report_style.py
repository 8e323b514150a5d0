"""How a report looks: the style sheet of its HTML, and the colours that its PDF shares with it."""

from __future__ import annotations

INK, MUTED, LINE, SOFT = "#16191f", "#5c6470", "#dfe3e9", "#f4f6f9"
ACCENT, PROBLEM, MORE, LESS = "#2f6fde", "#b3261e", "#c65300", "#1e64c8"
PROBLEM_SOFT = "#fdf3f2"

STYLE = """
:root { color-scheme: light dark; --ink: #16191f; --muted: #5c6470; --line: #dfe3e9; --soft: #f4f6f9; --paper: #fff;
  --accent: #2f6fde; --problem: #b3261e; --problem-soft: #fdf3f2; --more: #c65300; --less: #1e64c8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebf0; --muted: #9aa3b0; --line: #333943; --soft: #1d2127;
  --paper: #14171b; --accent: #6ea2ff; --problem: #ff8a80;
  --problem-soft: #2a1b1b; --more: #ff9b4a; --less: #74a9ff; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 400 1rem/1.55 "Report Inter", Inter, "Segoe UI", system-ui, sans-serif; font-kerning: normal;
  font-feature-settings: "calt", "case" 0; overflow-wrap: break-word; }
main { max-width: 62rem; margin: 0 auto; padding: 4rem 1.5rem 3rem; }
header { border-bottom: 1px solid var(--line); padding-bottom: 1.75rem; }
.kind { margin: 0 0 .9rem; color: var(--accent); font-weight: 600; font-size: .8125rem; letter-spacing: .08em;
  text-transform: uppercase; }
h1 { margin: 0; font-size: clamp(1.9rem, 5vw, 2.75rem); line-height: 1.12; font-weight: 600; letter-spacing: -.022em;
  text-wrap: balance; }
.about { margin: 1rem 0 0; color: var(--muted); }
.about span + span::before { content: "·"; margin: 0 .6em; }
h2 { margin: 4rem 0 0; font-size: 1.625rem; line-height: 1.2; font-weight: 600; letter-spacing: -.016em; }
h2 small { display: block; margin-top: .35rem; font-size: .9375rem; font-weight: 400; letter-spacing: 0;
  color: var(--muted); }
h3 { margin: 2.75rem 0 .75rem; font-size: 1.125rem; font-weight: 600; letter-spacing: -.008em; }
h4 { margin: 1.75rem 0 .5rem; font-size: .9375rem; font-weight: 600; }
p { margin: .75rem 0; max-width: 44rem; text-wrap: pretty; }
p.lead { margin: 1.25rem 0 0; font-size: 1.25rem; line-height: 1.45; letter-spacing: -.008em; }
p.small, figcaption, .more { color: var(--muted); font-size: .875rem; line-height: 1.45; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: .18em; }
nav { margin: 1.75rem 0 0; } nav ol { margin: 0; padding: 0; list-style: none; display: grid;
  grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr)); gap: .3rem 2rem; }
nav a { text-decoration: none; }
nav a:hover { text-decoration: underline; }
.keys { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: 1.25rem 2rem;
  margin: 1.75rem 0 0; }
.key { border-top: 3px solid var(--colour, var(--accent)); padding-top: .65rem; }
.key b { display: block; font-weight: 600; font-size: 1.875rem; line-height: 1.15; letter-spacing: -.022em;
  font-variant-numeric: tabular-nums; }
.key span { display: block; font-weight: 600; font-size: .9375rem; line-height: 1.35; margin-top: .2rem; }
.figures { display: flex; flex-wrap: wrap; gap: 2rem 1.5rem; margin: 2.25rem 0 0; }
figure { flex: 1 1 100%; min-width: 0; margin: 0; break-inside: avoid; }
.of2 figure { flex: 0 1 calc(50% - .75rem); min-width: min(20rem, 100%); }
.slices { display: flex; gap: 12px; align-items: flex-start; }
.slices svg { display: block; min-width: 0; flex: 0 1 auto; max-width: 100%; height: auto; border-radius: 4px;
  outline: 1px solid rgb(0 0 0 / .12); outline-offset: -1px; }
.slices text { white-space: pre; }
figcaption { margin-top: .6rem; } figcaption b { color: var(--ink); font-weight: 600; margin-right: .4em; }
.scale { max-width: 26rem; margin-top: .75rem; color: var(--muted); font-size: .75rem; line-height: 1.4;
  font-variant-numeric: tabular-nums; }
.scale .colours { height: .5rem; border-radius: 2px; }
.scale .ticks { position: relative; height: 1.4em; }
.scale .ticks span { position: absolute; transform: translateX(-50%); white-space: nowrap; }
.scale .ticks .first { transform: none; } .scale .ticks .last { transform: translateX(-100%); }
.table { overflow-x: auto; margin: 1.75rem 0 0; break-inside: avoid; }
table { width: 100%; border-collapse: collapse; font-size: .9375rem; line-height: 1.4;
  font-variant-numeric: tabular-nums; }
th { font-weight: 600; font-size: .8125rem; color: var(--muted); text-align: right; vertical-align: bottom;
  padding: 0 0 .5rem 1.25rem; border-bottom: 1px solid var(--ink); }
td { text-align: right; padding: .5rem 0 .5rem 1.25rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; white-space: normal; }
td .swatch { display: inline-block; width: .75em; height: .75em; border-radius: 2px; margin-right: .6em;
  background: var(--colour); outline: 1px solid rgb(0 0 0 / .15); outline-offset: -1px; }
td.bar { width: 34%; min-width: 11rem; }
td.bar > div { display: flex; align-items: center; gap: .75rem; }
td.bar i { flex: 1; position: relative; height: .5rem; border-radius: 2px; background: var(--soft); }
td.bar i::after { content: ""; position: absolute; inset: 0 auto 0 var(--from, 0); width: var(--bar);
  border-radius: 2px; background: var(--colour, var(--accent)); }
td.bar b { font-weight: 400; min-width: 4.2em; }
td.changed { font-weight: 600; }
dl { display: grid; grid-template-columns: minmax(7rem, 11rem) 1fr; gap: 0 1.5rem; margin: .75rem 0 0;
  font-size: .9375rem; }
dt, dd { margin: 0; padding: .45rem 0; border-top: 1px solid var(--line); } dt { color: var(--muted); }
dd small { display: block; font-size: .8125rem; }
ul { margin: .75rem 0; padding-left: 1.1rem; max-width: 44rem; } li { margin: .3rem 0; }
aside { margin: 1.75rem 0 0; padding: 1rem 1.25rem; border-left: 3px solid var(--accent); background: var(--soft);
  border-radius: 0 4px 4px 0; break-inside: avoid; }
aside.problem { border-color: var(--problem); background: var(--problem-soft); }
aside h4 { margin: 0 0 .35rem; } aside p { margin: .35rem 0 0; } aside ul { margin: .25rem 0 0; }
footer { margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--muted);
  font-size: .8125rem; }
@media (max-width: 40rem) { main { padding-top: 2rem; } .of2 figure { flex-basis: 100%; }
  dl { grid-template-columns: 1fr; } dd { border-top: 0; padding-top: 0; } }
@media print { @page { size: A4; margin: 16mm 16mm 18mm; }
  :root { color-scheme: light; --ink: #16191f; --muted: #5c6470; --line: #dfe3e9; --soft: #f4f6f9; --paper: #fff;
    --accent: #2f6fde; --problem: #b3261e; --problem-soft: #fdf3f2; --more: #c65300; --less: #1e64c8; }
  html { font-size: 10.5pt; } main { max-width: none; padding: 0; } nav { display: none; }
  h2, h3, h4 { break-after: avoid; } h2 { margin-top: 2.5rem; } h2.page { break-before: page; margin-top: 0; }
  .keys, tr, li, dt, dd { break-inside: avoid; }
  .of2 figure { flex-basis: calc(50% - .75rem); min-width: 0; } .slices svg { max-height: 200mm; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
"""
