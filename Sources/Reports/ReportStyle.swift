/// The style sheet of `report.html`: light and dark, wide and narrow, screen and paper, without fonts to fetch.
let reportStyle: HTML = """
    :root {
      --ink: #1b1f24; --soft: #56606b; --paper: #fff; --panel: #f5f7f9; --line: #d5dbe1;
      --blue: #084c91; --orange: #963800; --good: #17652f; --bad: #b3261e;
      --weak-count: #000; --middle-count: #000; --strong-count: #fff;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --ink: #e6e9ec; --soft: #a3adb7; --paper: #14171b; --panel: #1d2126; --line: #3a424b;
        --blue: #6cb0ff; --orange: #ffa057; --good: #6fd08c; --bad: #ff8a80;
        --weak-count: #fff; --middle-count: #000; --strong-count: #000;
      }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
    body {
      margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 62rem; color: var(--ink); background: var(--paper);
      font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
      overflow-wrap: anywhere;
    }
    h1 { margin: 0; font-size: 1.6rem; line-height: 1.2; }
    h3 { margin: 1.4rem 0 .3rem; font-size: 1rem; }
    h2 { margin: 2.8rem 0 .6rem; font-size: 1.2rem; line-height: 1.3; }
    p { margin: .5rem 0; max-width: 44rem; }
    .soft, figcaption, caption { color: var(--soft); }
    .headline { margin: 1.6rem 0 1rem; padding: 1.1rem 1.3rem; background: var(--panel); border-radius: .6rem; }
    .headline strong { display: block; font-size: 3rem; line-height: 1.1; }
    .headline p { margin: .3rem 0 0; }
    nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: 0; padding: 0; list-style: none; }
    a { color: var(--blue); }
    small { font-size: .8125rem; }
    .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1.5rem; }
    .scroll { overflow-x: auto; max-width: 100%; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    th, td { padding: .35rem .7rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
    th:first-child, td:first-child { padding-left: 0; }
    th:last-child, td:last-child { padding-right: 0; }
    thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; overflow-wrap: normal; }
    tbody th { font-weight: 400; }
    th[scope=row], .text { text-align: left; }
    th[scope=row], td.text { min-width: 5.5rem; }
    .epochs th[scope=row] { min-width: 0; white-space: nowrap; }
    .sortable button { padding: 0; border: 0; background: none; color: inherit; font: inherit; text-align: inherit; cursor: pointer; }
    .sortable button:hover { text-decoration: underline; }
    [aria-sort=ascending] button::after { content: " ▲"; } [aria-sort=descending] button::after { content: " ▼"; }
    .facts + * { margin-top: 1.2rem; }
    .number { white-space: nowrap; overflow-wrap: normal; }
    tfoot tr:first-child > * { border-top: 2px solid var(--line); }
    tfoot th { font-weight: 600; }
    .facts th { color: var(--soft); white-space: nowrap; }
    .facts td { text-align: left; }
    .good { color: var(--good); } .bad { color: var(--bad); font-weight: 600; }
    code, pre { font: .875rem/1.45 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
    pre {
      margin: .5rem 0; padding: .9rem 1rem; background: var(--panel); border-radius: .5rem; overflow-x: auto;
      overflow-wrap: normal;
    }
    h4 { margin: 1rem 0 .3rem; font-size: .9375rem; }
    .gallery {
      display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: 1rem; margin: .6rem 0;
      padding: 0; list-style: none; font-size: .875rem; line-height: 1.4;
    }
    .pairs { grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); }
    .gallery img { width: 7rem; height: 7rem; object-fit: contain; background: var(--panel); border-radius: .3rem; }
    .gallery code { font-size: .75rem; }
    .pictures { display: flex; gap: .4rem; }
    details { margin: 1rem 0; } summary { cursor: pointer; }
    figure { margin: 0; }
    svg { display: block; font-family: inherit; }
    .chart { width: 100%; height: auto; }
    .fits { max-width: 100%; height: auto; }
    svg text { fill: var(--ink); }
    .chart text { font-size: 14px; }
    .chart .heading { font-weight: 600; }
    svg .label { fill: var(--soft); }
    .grid { stroke: var(--line); }
    .boundary { stroke: var(--soft); stroke-dasharray: 2 3; }
    .training, .validation { fill: none; stroke: var(--orange); stroke-width: 2; stroke-linejoin: round; }
    .validation { stroke: var(--blue); stroke-width: 2.5; }
    line.training, polyline.training { stroke-dasharray: 6 4; }
    circle.training { fill: var(--orange); stroke: none; } circle.validation { fill: var(--blue); stroke: none; }
    .bin { fill: var(--blue); stroke: var(--blue); }
    .ideal { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 6 4; }
    .before { fill: none; stroke: var(--orange); stroke-width: 2; }
    .reliability { max-width: 34rem; }
    .mark { fill: none; stroke: var(--ink); stroke-width: 1.5; }
    rect.right { fill: var(--blue); } rect.wrong { fill: var(--orange); } rect.none { fill: var(--soft); }
    .matrix .count { fill: var(--weak-count); }
    .matrix .middle { fill: var(--middle-count); }
    .matrix .strong { fill: var(--strong-count); }
    @media (max-width: 30rem) {
      table { font-size: .875rem; }
      th, td { padding-left: .35rem; padding-right: .35rem; }
      .headline strong { font-size: 2.5rem; }
    }
    @media print {
      :root {
        --ink: #000; --soft: #444; --paper: #fff; --panel: #fff; --line: #bbb; --blue: #084c91; --orange: #963800;
        --good: #17652f; --bad: #b3261e; --weak-count: #000; --middle-count: #000; --strong-count: #fff;
      }
      nav { display: none; }
      body { padding: 0 2px; max-width: none; font-size: 10pt; }
      .charts { grid-template-columns: 1fr 1fr; }
      h2 { break-after: avoid; } tr, li, figure, .headline { break-inside: avoid; }
      h3, h4 { break-after: avoid; }
      .headline, pre { border: 1px solid var(--line); }
      pre { white-space: pre-wrap; }
      svg.matrix { max-width: 100%; height: auto; }
    }
    """
