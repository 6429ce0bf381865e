"""The style of the page: light and dark, from 320 pixels to paper. Every pair of colours has a contrast of 4.5 or more.

Colours only repeat what words say. No font, image or address is loaded.
"""

from pip_assay.reports.page.markup import Markup

COLOURS = """
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --sunken: #f0f2f5; --line: #dce1e7; --edge: #76808c;
  --text: #1b2430; --muted: #55606e; --link: #0b57a4; --focus: #0b57a4;
  --malware: #8a1253; --critical: #b3192d; --high: #ad4600; --medium: #8a6200; --low: #2a6592; --none: #57636f;
  --unknown: #5d5594; --good: #17693f; --unsure: #8a6200;
  --malware-tint: #fae8f1; --critical-tint: #fdebec; --high-tint: #fdf0e4; --medium-tint: #fbf4da;
  --low-tint: #e7f1f8; --none-tint: #eef1f4; --unknown-tint: #efedf8; --good-tint: #e4f4eb; --unsure-tint: #fbf4da;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #12161c; --card: #1a2028; --sunken: #232a34; --line: #323b47; --edge: #7d8896;
    --text: #e6eaef; --muted: #a3aebb; --link: #85bbf2; --focus: #85bbf2;
    --malware: #f49ac8; --critical: #ff9a9f; --high: #f9ac70; --medium: #e6c364; --low: #8cc3ec; --none: #abb6c2;
    --unknown: #bdb3f0; --good: #7fd3a4; --unsure: #e6c364;
    --malware-tint: #3f1a30; --critical-tint: #421e22; --high-tint: #3d2713; --medium-tint: #352b0e;
    --low-tint: #16303f; --none-tint: #2a323c; --unknown-tint: #2b2745; --good-tint: #14341f; --unsure-tint: #352b0e;
  }
}
"""

FRAME = """
* { box-sizing: border-box; }
html { scroll-padding-top: 3.5rem; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; overflow-wrap: anywhere; }
header, main, footer, nav ul { max-width: 66rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.75rem; }
footer { color: var(--muted); font-size: .875rem; padding-top: 2rem; padding-bottom: 2rem; }
h1, h2, h3, h4, p, ul, ol, dl, dd, fieldset { margin: 0; padding: 0; }
h1 { font-size: 1.25rem; font-weight: 600; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1.0625rem; line-height: 1.35; }
h4 { font-size: 1rem; font-weight: 600; line-height: 1.4; }
ul, ol { list-style: none; }
a { color: var(--link); text-underline-offset: .15em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
a, code, span, strong { unicode-bidi: isolate; }
code, pre { font: .875em/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; }
.muted, .brand { color: var(--muted); font-size: .875rem; }
.note { background: var(--unsure-tint); border-radius: .375rem; padding: .5rem .75rem; margin: .75rem 0; }
.heard, .skip:not(:focus) { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
.skip:focus { position: absolute; left: 1rem; top: .5rem; background: var(--card); padding: .5rem .75rem; z-index: 2; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 2px; }
nav { position: sticky; top: 0; z-index: 1; background: var(--page); border-bottom: 1px solid var(--line);
  margin-top: 1.25rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .125rem 1.25rem; padding-top: .5rem; padding-bottom: .5rem;
  font-size: .9375rem; }
nav a { text-decoration: none; }
nav a:hover { text-decoration: underline; }
summary { cursor: pointer; color: var(--link); width: fit-content; font-size: .875rem; padding: .125rem 0; }
"""

TOP = """
.answer { margin: .75rem 0 1rem; padding: 1rem 1.25rem; border-radius: .5rem; border-left: .375rem solid; }
.sentence { font-size: 1.375rem; line-height: 1.3; font-weight: 650; margin-bottom: .25rem; }
.bad { background: var(--critical-tint); border-color: var(--critical); }
.unsure { background: var(--unsure-tint); border-color: var(--unsure); }
.good { background: var(--good-tint); border-color: var(--good); }
.data dl { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; font-size: .875rem; }
.data dt { display: inline; color: var(--muted); }
.data dt::after { content: ": "; }
.data dd { display: inline; }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(18rem, 100%), 1fr)); gap: 1rem; }
.numbers > div, .steps, .package, .items > li, #filters { background: var(--card); border: 1px solid var(--line);
  border-radius: .5rem; padding: 1rem 1.25rem; }
#summary h3 { font-size: .875rem; color: var(--muted); font-weight: 600; margin-bottom: .5rem; }
#summary > div + div { margin-top: 1rem; }
.bars li { display: grid; grid-template-columns: 5.5rem 1fr 3rem; align-items: center; gap: .75rem;
  padding: .1875rem 0; }
.bars svg { width: 100%; height: .75rem; background: var(--sunken); border-radius: .25rem; display: block; }
.bars strong { text-align: right; font-variant-numeric: tabular-nums; }
.word { text-transform: capitalize; }
.figures div { display: flex; justify-content: space-between; gap: 1rem; padding: .1875rem 0; }
.figures dd { font-weight: 600; text-align: right; font-variant-numeric: tabular-nums; }
.steps li { padding: .25rem 0; }
rect.malware { fill: var(--malware); } rect.critical { fill: var(--critical); } rect.high { fill: var(--high); }
rect.medium { fill: var(--medium); } rect.low { fill: var(--low); } rect.none { fill: var(--none); }
rect.unknown { fill: var(--unknown); }
"""

CARDS = """
.package { margin: 1rem 0; border-left: .25rem solid var(--edge); }
.edge-malware { border-left-color: var(--malware); } .edge-critical { border-left-color: var(--critical); }
.edge-high { border-left-color: var(--high); } .edge-medium { border-left-color: var(--medium); }
.edge-low { border-left-color: var(--low); } .edge-unknown { border-left-color: var(--unknown); }
.title { display: flex; flex-wrap: wrap; align-items: center; gap: .375rem .625rem; }
.version { font-weight: 400; color: var(--muted); }
.do { margin-left: auto; font-size: .875rem; background: var(--good-tint); color: var(--good); border-radius: .375rem;
  padding: .1875rem .625rem; }
.do.remove { background: var(--malware-tint); color: var(--malware); }
.badge { display: inline-block; border: 1px solid transparent; border-radius: .25rem; padding: 0 .375rem;
  font-size: .75rem; line-height: 1.25rem;
  font-weight: 650; text-transform: uppercase; letter-spacing: .02em; white-space: nowrap;
  background: var(--none-tint); color: var(--none); }
.badge.quiet, .badge.exploited, .badge.unsure { text-transform: none; letter-spacing: 0; }
.malware, .exploited { background: var(--malware-tint); color: var(--malware); }
.critical { background: var(--critical-tint); color: var(--critical); }
.high { background: var(--high-tint); color: var(--high); }
.medium, .badge.unsure { background: var(--medium-tint); color: var(--medium); }
.low { background: var(--low-tint); color: var(--low); }
.unknown { background: var(--unknown-tint); color: var(--unknown); }
.where { margin-top: .5rem; }
.where > li + li { margin-top: .5rem; }
.chain { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 0; font-size: .875rem; margin: .125rem 0; }
.chain li { border: 1px solid var(--line); background: var(--sunken); border-radius: .3125rem; padding: 0 .5rem; }
.chain li:first-child { background: none; color: var(--muted); }
.chain li:last-child:not(:first-child) { font-weight: 650; border-color: var(--edge); }
.chain li + li { position: relative; margin-left: 1.5rem; }
.chain li + li::before { content: "\\2192" / ""; position: absolute; left: -1.25rem; color: var(--muted);
  font-weight: 400; }
.finding { display: grid; grid-template-columns: 6rem 1fr; gap: .75rem; border-top: 1px solid var(--line);
  padding-top: .75rem; margin-top: .75rem; }
.finding > div { min-width: 0; }
.measure { display: flex; flex-direction: column; align-items: flex-start; }
.score { font-weight: 650; font-variant-numeric: tabular-nums; padding-left: .4375rem; }
.ids { font-size: .875rem; }
.facts { font-size: .875rem; margin: .125rem 0; }
.finding dl, .items dl { font-size: .875rem; margin: .375rem 0; }
.finding dl > div, .items dl > div { display: grid; grid-template-columns: 9rem 1fr; gap: .75rem; padding: .125rem 0; }
.finding dt, .items dt { color: var(--muted); }
.description { background: var(--sunken); border-radius: .375rem; padding: .75rem 1rem; margin: .5rem 0;
  font-size: .875rem; }
.description p { white-space: pre-line; }
.description pre { margin-bottom: 0; white-space: pre-wrap; }
.description > * + * { margin-top: .5rem; }
.items > li { padding: .75rem 1.25rem; margin: .5rem 0; }
"""

CONTROLS = """
#filters:not([hidden]) { display: flex; flex-wrap: wrap; align-items: flex-end; gap: .75rem 1.25rem;
  font-size: .875rem; }
#filters label > span { display: block; color: var(--muted); }
fieldset { border: 0; min-width: 0; display: flex; flex-wrap: wrap; gap: .125rem .875rem; }
legend { padding: 0; color: var(--muted); }
fieldset label { padding: .25rem 0; }
input[type=checkbox] { width: 1rem; height: 1rem; margin: 0; vertical-align: -.125rem; accent-color: var(--link); }
input[type=search], select, button { font: inherit; color: var(--text); background: var(--card);
  border: 1px solid var(--edge);
  border-radius: .375rem; padding: .3125rem .625rem; max-width: 100%; }
.search { flex: 1 1 14rem; }
.search input { width: 100%; }
select { width: 8.25rem; }
button { cursor: pointer; }
button:hover { background: var(--sunken); }
.actions { flex-basis: 100%; display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .75rem; }
output { font-weight: 600; margin-right: auto; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; background: var(--card); overflow-wrap: normal; }
th, td { text-align: left; vertical-align: top; padding: .375rem .75rem; border: 1px solid var(--line);
  max-width: 24rem;
  overflow-wrap: break-word; }
thead th { background: var(--sunken); }
tbody th { font-weight: 600; }
"""

MEDIA = """
@media screen { .filtered { display: none !important; } .package { content-visibility: auto;
  contain-intrinsic-size: auto 16rem; } }
@media screen and (max-width: 40rem) {
  header, main, footer, nav ul { padding-left: .75rem; padding-right: .75rem; }
  nav { position: static; }
  .finding, .finding dl > div, .items dl > div { grid-template-columns: 1fr; gap: .25rem; }
  .finding dl > div, .items dl > div { gap: 0; margin-bottom: .25rem; }
  .measure { flex-direction: row; align-items: center; }
  .do { margin-left: 0; }
  .numbers > div, .steps, .package, .items > li, #filters { padding: .75rem .875rem; }
}
@media print {
  :root { color-scheme: light; }
  body { background: none; font-size: 10pt; }
  header, main, footer { max-width: none; padding: 0; }
  nav, #filters, .skip { display: none !important; }
  details::details-content { content-visibility: visible; block-size: auto; }
  .title, .items > li, .finding > .measure, tr { break-inside: avoid-page; }
  h2, h3, h4, .title, .ids, .facts { break-after: avoid; }
}
"""

STYLESHEET = Markup(COLOURS + FRAME + TOP + CARDS + CONTROLS + MEDIA)
