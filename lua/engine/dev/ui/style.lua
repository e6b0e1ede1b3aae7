--- The style sheet of the page.
return [[
:root {
  color-scheme: light dark;
  --back: #ffffff; --front: #1c2128; --dim: #59636e; --line: #d5dae0; --soft: #f4f6f8;
  --good: #1a7f45; --bad: #c4281f; --odd: #8a3aa8; --warn: #8a5a00; --link: #0b57c4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #14181d; --front: #e3e7ec; --dim: #9aa4af; --line: #333b45; --soft: #1c2228;
    --good: #4fc47d; --bad: #ff7b72; --odd: #d48cf0; --warn: #e0a93c; --link: #74b0ff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 0 1.25rem 3rem; max-width: 90rem;
  background: var(--back); color: var(--front); font: 15px/1.45 system-ui, sans-serif;
}
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px; }
.skip-link { position: absolute; left: -100rem; }
.skip-link:focus {
  left: 1rem; top: .5rem; background: var(--back); padding: .3rem .6rem; z-index: 2;
}
body > header {
  position: sticky; top: 0; z-index: 1; background: var(--back); padding: .8rem 0 .4rem;
}
h1 { font-size: 1.25rem; margin: 0; }
h1 .tool { color: var(--dim); font-weight: normal; }
h2 { font-size: 1.1rem; margin: 1.4rem 0 .5rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; overflow-wrap: anywhere; }
h3 .count { color: var(--dim); font-weight: normal; }
p { margin: .3rem 0; overflow-wrap: anywhere; }
.phase, .saved, .modes { color: var(--dim); }
.phase strong { color: var(--front); }
.problem, .broken { color: var(--bad); border-left: 3px solid currentColor; padding-left: .6rem; }
.counts {
  list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1rem; padding: 0; margin: .4rem 0;
}
.orders { display: flex; flex-wrap: wrap; gap: .4rem; margin: .4rem 0; }
.order { margin: 0; display: inline-block; }
button, input[type=search] {
  font: inherit; color: inherit; background: var(--soft); border: 1px solid var(--line);
  border-radius: 5px; padding: .25rem .7rem; min-height: 2rem;
}
button:hover { border-color: var(--link); }
nav {
  display: flex; flex-wrap: wrap; gap: 1rem; border-bottom: 1px solid var(--line); padding: .4rem 0;
}
nav a[aria-current] { color: inherit; text-decoration: none; font-weight: 600; }
.tools { display: flex; flex-wrap: wrap; align-items: center; gap: .6rem; margin: .8rem 0 0; }
.tools input { flex: 1 1 14rem; max-width: 30rem; }
.tools output, .tools kbd { color: var(--dim); }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: var(--dim); padding: .3rem 0; }
th, td {
  text-align: left; padding: .2rem .5rem .2rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top;
}
thead th { color: var(--dim); font-weight: normal; font-size: .85rem; }
tbody th { font-weight: normal; overflow-wrap: anywhere; }
.tests thead { display: none; }
.tests table { table-layout: fixed; } /* each file has its own: their columns are to line up */
.tests td:first-child { width: 6.5rem; white-space: nowrap; }
.tests td.number { width: 5.5rem; }
.tests td:last-child { width: 9rem; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
th + th.number { padding-left: .8rem; }
.timings tbody th { white-space: nowrap; }
.wide { overflow-x: auto; }
.over { color: var(--bad); }
.pass { color: var(--good); }
.fail, .timeout, .policy { color: var(--bad); }
.error, .infra { color: var(--odd); }
.flaky { color: var(--warn); }
.running { color: var(--link); }
.skip, .waiting { color: var(--dim); }
tr.test, tr.test th { color: inherit; }
tr.test th a { color: inherit; text-decoration: none; }
tr.test th a:hover { text-decoration: underline; }
tr.test:has(a[aria-current]) { background: var(--soft); }
tr.test .step { color: var(--dim); }
.history { letter-spacing: .08em; white-space: nowrap; }
section.file { content-visibility: auto; contain-intrinsic-size: auto 12rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .4rem 0; }
dt { color: var(--dim); }
dd { margin: 0; overflow-wrap: anywhere; }
code, pre { font-family: ui-monospace, monospace; font-size: .86rem; }
pre {
  background: var(--soft); border: 1px solid var(--line); border-radius: 5px; padding: .6rem;
  margin: .4rem 0; overflow: auto; max-height: 32rem; tab-size: 4;
}
.steps code { display: block; color: var(--dim); overflow-wrap: anywhere; white-space: pre-wrap; }
summary { cursor: pointer; }
.waterfall { width: 100%; min-width: 34rem; height: auto; display: block; margin: .8rem 0; }
.end { white-space: nowrap; }
.bar { vertical-align: middle; }
.lost { background: var(--bad); color: var(--back); padding: .4rem .8rem; border-radius: 5px; }
dialog {
  color: inherit; background: var(--back); border: 1px solid var(--line); border-radius: 8px;
  max-width: 32rem;
}
[hidden] { display: none !important; }
@media (min-width: 70rem) {
  main.split {
    display: grid; grid-template-columns: minmax(26rem, 2fr) 3fr; grid-template-rows: auto 1fr;
    column-gap: 2rem; align-items: start;
  }
  main.split .tools { grid-column: 1; grid-row: 1; }
  main.split .tests { grid-column: 1; grid-row: 2; min-width: 0; }
  main.split .detail { grid-column: 2; grid-row: 1 / span 2; min-width: 0; }
}
@media (max-width: 34rem) {
  body { padding: 0 .7rem 2rem; }
  body > header { position: static; }
  .wide caption { padding-right: calc(100% - 100vw + 1.4rem); } /* as wide as its table, else */
  .history { display: block; max-width: 5rem; overflow: hidden; }
  .tests td:first-child { width: 5.2rem; }
  .tests td.number { width: 4.5rem; }
  .tests td:last-child { width: 5rem; }
}
@media print {
  body > header { position: static; }
  .orders, .tools, nav { display: none; }
  pre { max-height: none; }
}
]]
