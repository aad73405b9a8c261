"use strict";
/* Draws the charts from the numbers that the page carries.  Everything else is HTML and needs no script. */
(async () => {
  const $ = (id) => document.getElementById(id);
  const text = (value) => document.createTextNode(value);
  const SVG = "http://www.w3.org/2000/svg";

  function el(name, attributes = {}, ...children) {
    const node = document.createElement(name);
    return fill(node, attributes, children);
  }
  function svg(name, attributes = {}, ...children) {
    return fill(document.createElementNS(SVG, name), attributes, children);
  }
  function fill(node, attributes, children) {
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }

  // ---- the numbers

  async function unpacked(id) {
    const packed = Uint8Array.from(atob($(id).textContent.trim()), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const data = await new Response(stream).json();
    for (const station of data.stations) {
      for (const span of [station.days, station.hours]) {
        let at = 0;
        span.t = span.t.map((step) => (at += step)); // times are written as differences
      }
    }
    return data;
  }

  if (!$("data")) return;
  let data;
  try {
    data = await unpacked("data");
  } catch (error) {
    $("no-charts").hidden = false;
    return;
  }

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const state = { station: 0, span: data.hourDays < data.days.length ? "hours" : "hours", page: 0, theme: null };
  const plots = [];

  // ---- words

  const DAY = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  const MONTH = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const two = (n) => String(n).padStart(2, "0");

  function offsetAt(station, t) {
    let offset = station.offsets.length ? station.offsets[0][1] : 0;
    for (const [from, seconds] of station.offsets) if (from <= t) offset = seconds;
    return offset;
  }
  function isoLocal(station, t) {
    const offset = offsetAt(station, t);
    const at = Math.abs(offset);
    const zone = `${offset < 0 ? "-" : "+"}${two(Math.floor(at / 3600))}:${two(Math.floor((at % 3600) / 60))}`;
    return new Date((t + offset) * 1000).toISOString().slice(0, 19) + zone;
  }
  const isoDay = (t) => new Date(t * 1000).toISOString().slice(0, 10);
  function words(station, span, t) {
    const at = new Date((span === "days" ? t : t + offsetAt(station, t)) * 1000);
    const day = `${DAY[at.getUTCDay()]} ${at.getUTCDate()} ${MONTH[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
    return span === "days" ? day : `${day}, ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
  }
  function dayWords(day) {
    return words(null, "days", Date.parse(`${day}T00:00:00Z`) / 1000);
  }
  const number = (value) => (value == null ? "no value" : String(value).replace("-", "−"));
  const short = (value) => (value == null ? "–" : String(Math.round(value * 10) / 10).replace("-", "−"));

  // ---- station by day

  const HEIGHT = 26;
  const PAGE = 25;
  const LEVELS = [
    ["full", "98 % of the hours or more", 0.98],
    ["most", "75 % or more: complete enough for a daily mean", 0.75],
    ["partial", "50 to 75 %", 0.5],
    ["low", "below 50 %", 0],
  ];

  function level(station, day) {
    const share = station.coverage[day];
    if (share != null) return LEVELS.find(([, , from]) => share >= from)[0];
    return station.first != null && day >= station.first ? "none" : null; // nothing is missing before the first day
  }
  function cellWords(station, day) {
    const share = station.coverage[day];
    const what =
      share != null
        ? `${Math.round(share * 1000) / 10} % arrived`
        : level(station, day) === "none" ? "nothing arrived" : "before the station's first day";
    const flags = [];
    if (station.failed[day]) flags.push(`${station.failed[day]} failed quality control`);
    if (station.suspect[day]) flags.push(`${station.suspect[day]} suspect`);
    return `${station.label}, ${dayWords(data.days[day])}: ${[what, ...flags].join(", ")}`;
  }

  function drawHeat() {
    const box = $("heat");
    if (!box) return;
    const first = state.page * PAGE;
    const rows = data.order.slice(first, first + PAGE).map((index) => data.stations[index]);
    const names = el("ul", { class: "names" });
    rows.forEach((station) => {
      const button = el("button", { type: "button", title: station.label }, text(station.label));
      button.addEventListener("click", () => choose(data.stations.indexOf(station), true));
      names.append(el("li", {}, button));
    });
    box.replaceChildren(names);
    const room = box.clientWidth - names.getBoundingClientRect().width - 16;
    const width = Math.min(72, Math.max(2.6, room / data.days.length)); // a year fits a screen, and a phone scrolls
    const gap = width > 6 ? 1.5 : 0;
    const picture = svg("svg", {
      width: width * data.days.length + 2, height: HEIGHT * rows.length + 30, "aria-hidden": "true", focusable: "false",
    });
    const hatch = svg("pattern", { id: "hatch", width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("rect", { width: 2.2, height: 5, style: "fill: var(--none)" }));
    picture.append(svg("defs", {}, hatch));
    let free = 0; // where the next date may be written without touching the one before
    data.days.forEach((day, at) => {
      const monday = width > 14 && new Date(`${day}T00:00Z`).getUTCDay() === 1;
      if ((at && !day.endsWith("-01") && !monday) || at * width < free || (data.days.length - at) * width < 34) return;
      const month = MONTH[Number(day.slice(5, 7)) - 1];
      if (!at && width <= 14 && data.days.slice(0, Math.ceil(40 / width)).some((one) => one.endsWith("-01"))) return;
      picture.append(svg("text", { x: at * width, y: 16 }, text(width > 14 ? `${Number(day.slice(8))} ${month}` : month)));
      free = at * width + 56;
    });
    rows.forEach((station, row) => {
      data.days.forEach((_, day) => {
        const kind = level(station, day);
        if (!kind) return;
        picture.append(svg("rect", {
          class: `cell c-${kind}`, x: (day * width + gap / 2).toFixed(2), y: 26 + row * HEIGHT + 1.5, width: (width - gap + (gap ? 0 : 0.15)).toFixed(2), height: HEIGHT - 4, rx: width > 9 ? 2 : 0,
          "data-station": station.label, "data-day": data.days[day], "data-coverage": station.coverage[day] ?? "",
        }));
        if (station.failed[day])
          picture.append(svg("circle", { class: "flag", cx: day * width + width / 2, cy: 26 + row * HEIGHT + HEIGHT / 2, r: Math.min(3, Math.max(1.6, width / 3)) }));
      });
    });
    const at = svg("rect", { class: "at", width: Math.max(width, 4), height: HEIGHT - 2, rx: 2, visibility: "hidden" });
    picture.append(at);
    const field = el("div", {
      class: "scroll", tabindex: 0, role: "group", "aria-label": "Station by day: what arrived. Arrow keys read single days.",
    }, picture);
    box.append(field);
    field.scrollLeft = field.scrollWidth;
    const place = { row: 0, day: data.days.length - 1 };
    const show = () => {
      at.setAttribute("x", place.day * width);
      at.setAttribute("y", 26 + place.row * HEIGHT + 0.5);
      at.setAttribute("visibility", "visible");
      $("heat-readout").textContent = cellWords(rows[place.row], place.day);
    };
    field.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
      if (event.key === "Enter") return choose(data.stations.indexOf(rows[place.row]), true);
      if (!step) return;
      event.preventDefault();
      place.row = Math.min(rows.length - 1, Math.max(0, place.row + step[0]));
      place.day = Math.min(data.days.length - 1, Math.max(0, place.day + step[1]));
      show();
      const left = place.day * width;
      if (left < field.scrollLeft || left > field.scrollLeft + field.clientWidth - width) field.scrollLeft = left - field.clientWidth / 2;
    });
    const under = (event) => {
      const frame = picture.getBoundingClientRect();
      const row = Math.floor((event.clientY - frame.top - 26) / HEIGHT);
      const day = Math.floor((event.clientX - frame.left) / width);
      if (row < 0 || row >= rows.length || day < 0 || day >= data.days.length) return false;
      Object.assign(place, { row, day });
      return true;
    };
    picture.addEventListener("pointermove", (event) => under(event) && show());
    picture.addEventListener("click", (event) => under(event) && choose(data.stations.indexOf(rows[place.row]), true));
    field.addEventListener("blur", () => at.setAttribute("visibility", "hidden"));
    const pages = Math.ceil(data.stations.length / PAGE);
    if ($("heat-pages")) {
      $("heat-page").textContent = `${first + 1} to ${first + rows.length} of ${data.stations.length}`;
      $("heat-before").disabled = state.page === 0;
      $("heat-next").disabled = state.page >= pages - 1;
    }
  }

  // ---- charts

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const faded = (name, alpha) => colour(name) + Math.round(alpha * 255).toString(16).padStart(2, "0");
  const PALETTE = ["blue", "warm", "green", "violet", "amber", "teal"];

  /** Times with a place between rows that are not neighbours, so that a line is broken where nothing arrived. */
  function spread(span, kind) {
    const step = kind === "days" ? 86400 : 3600;
    const times = [];
    const rows = [];
    span.t.forEach((t, row) => {
      if (row && t - span.t[row - 1] > step * 1.5) {
        times.push(span.t[row - 1] + step);
        rows.push(-1);
      }
      times.push(t);
      rows.push(row);
    });
    return { times, rows };
  }
  function columnOf(span, name, rows) {
    const values = span.columns[name];
    return rows.map((row) => (row < 0 || !values ? null : values[row]));
  }

  function stationSeries(chart, station) {
    const span = station[state.span];
    const { times, rows } = spread(span, state.span);
    const shown = chart.series.filter((one) => span.columns[one.column]);
    const series = [{}];
    const columns = [times];
    const bands = [];
    for (const one of shown) {
      if (one.kind === "band") {
        if (!span.columns[one.high]) continue;
        columns.push(columnOf(span, one.high, rows), columnOf(span, one.column, rows));
        const edge = { stroke: faded(one.colour, 0.35), width: 1, points: { show: false } };
        series.push({ ...edge, label: `${one.column} high`, says: null }, { ...edge, label: one.column, says: null, high: one });
        bands.push({ series: [series.length - 2, series.length - 1], fill: faded(one.colour, 0.2) });
        continue;
      }
      columns.push(columnOf(span, one.column, rows));
      series.push(styled(one));
    }
    return { series, columns, bands, shown };
  }
  function styled(one) {
    const base = { label: one.column, says: one.label, stroke: colour(one.colour), width: 1.8, points: { show: false } };
    if (one.kind === "points")
      return { ...base, paths: () => null, points: { show: true, size: 5, fill: colour(one.colour), stroke: colour(one.colour) } };
    if (one.kind === "bars")
      return { ...base, width: 0, fill: colour(one.colour), paths: uPlot.paths.bars({ size: [0.72, 26, 1], align: 0 }) };
    return base;
  }
  /** Every station's main series in one chart, on the times of all. */
  function fleetSeries(chart) {
    const main = chart.series[chart.series.length - 1].kind === "band" ? chart.series[0] : mainOf(chart);
    const times = [...new Set(data.stations.flatMap((station) => station[state.span].t))].sort((a, b) => a - b);
    const series = [{}];
    const columns = [times];
    data.stations.forEach((station, index) => {
      const span = station[state.span];
      const values = span.columns[main.column];
      if (!values) return;
      const where = new Map(span.t.map((t, row) => [t, row]));
      columns.push(times.map((t) => (where.has(t) ? values[where.get(t)] : null)));
      const dash = index < PALETTE.length ? undefined : [6, 4];
      const one = { ...main, label: station.label, column: station.label, colour: PALETTE[index % PALETTE.length], kind: main.kind === "points" ? "points" : "line" };
      series.push({ ...styled(one), width: 1.4, dash });
    });
    return { series, columns, bands: [], shown: [{ ...main, label: `${main.label}, each station` }] };
  }
  const mainOf = (chart) => chart.series.find((one) => one.column.endsWith("_mean")) ?? chart.series[chart.series.length - 1];

  /** The span in words: of the main quantity, with its own extremes where the files have them. */
  function summary(chart, columns, series, station) {
    let low = null, high = null, sum = 0, count = 0;
    const main = mainOf(chart).column;
    const band = chart.series.find((one) => one.kind === "band");
    series.forEach((one, index) => {
      if (index === 0 || (station && band && one.label !== band.column && one.label !== `${band.column} high` && one.label !== main)) return;
      columns[index].forEach((value, row) => {
        if (value == null) return;
        if (low === null || value < low[0]) low = [value, columns[0][row]];
        if (high === null || value > high[0]) high = [value, columns[0][row]];
        if (one.label === main || station === null) { sum += value; count += 1; }
      });
    });
    if (!high) return "no values";
    const when = words(station ?? data.stations[0], state.span, high[1]);
    if (chart.name === "rain") return `${station ? `${short(sum)} mm in all; ` : ""}most ${short(high[0])} mm on ${when}`;
    if (chart.name === "direction") return `${count} values`;
    return `lowest ${short(low[0])}, mean ${count ? short(sum / count) : "–"}, highest ${short(high[0])} on ${when}`;
  }

  function flagMarks(chart, station) {
    if (!station) return [];
    return station.flagged
      .filter(([, variable]) => chart.flags.includes(variable))
      .map(([t, variable, value, flag, rule]) => {
        const at = state.span === "days" ? Math.floor((t + offsetAt(station, t)) / 86400) * 86400 : Math.floor(t / 3600) * 3600;
        return { at, t, variable, value, flag, rule };
      });
  }
  function drawMarks(plot, marks) {
    const { ctx, bbox } = plot;
    const ratio = devicePixelRatio;
    ctx.save();
    for (const mark of marks) {
      const x = plot.valToPos(mark.at, "x", true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      const y = Math.min(bbox.top + bbox.height - 7 * ratio, Math.max(bbox.top + 7 * ratio, plot.valToPos(mark.value, "y", true)));
      const r = 5 * ratio;
      ctx.lineWidth = 2.2 * ratio;
      ctx.strokeStyle = colour(mark.flag === 4 ? "fail" : "warn");
      ctx.beginPath();
      if (mark.flag === 4) {
        ctx.moveTo(x - r, y - r); ctx.lineTo(x + r, y + r); ctx.moveTo(x + r, y - r); ctx.lineTo(x - r, y + r);
      } else {
        ctx.moveTo(x, y - r); ctx.lineTo(x + r, y); ctx.lineTo(x, y + r); ctx.lineTo(x - r, y); ctx.closePath();
      }
      ctx.stroke();
    }
    ctx.restore();
  }

  function axisDate(station) {
    // uPlot reads the local parts of the date that it is given; these are the station's.
    return (t) => {
      const at = new Date((t + (state.span === "days" ? 0 : offsetAt(station, t))) * 1000);
      return new Date(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate(), at.getUTCHours(), at.getUTCMinutes());
    };
  }
  const AXIS = [
    [86400 * 28, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
    [86400, "{D} {MMM}", "\n{YYYY}", null, null, null, null, null, 1],
    [3600, "{HH}:{mm}", "\n{D} {MMM}", null, "\n{D} {MMM}", null, null, null, 1],
    [60, "{HH}:{mm}", "\n{D} {MMM}", null, "\n{D} {MMM}", null, null, null, 1],
  ];

  function drawChart(chart, station, box) {
    const made = station ? stationSeries(chart, station) : fleetSeries(chart);
    if (made.series.length < 2) return null;
    const marks = flagMarks(chart, station);
    const zoneOf = station ?? data.stations[0];
    const told = summary(chart, made.columns, made.series, station);
    const who = station ? station.label : "all stations";
    const figure = el("figure", { class: "chart", "data-chart": chart.name });
    const heading = el("h3", {}, text(chart.title + " "));
    if (chart.unit) heading.append(el("span", { class: "unit" }, text(chart.unit)));
    const readout = el("p", { class: "stats", "aria-live": "polite" }, text(told));
    figure.append(el("figcaption", {}, heading, readout));
    const plotBox = el("div", {
      class: "plot", tabindex: 0, role: "group",
      "aria-label": `${chart.title}${chart.unit ? " in " + chart.unit : ""} at ${who}: ${told}. Left and right arrow keys read single values.`,
    });
    figure.append(plotBox, legend(made, marks, station));
    box.append(figure);
    const say = (index) => {
      readout.classList.toggle("reading", index != null);
      if (index == null) return void (readout.textContent = told);
      const parts = made.series.slice(1).flatMap((one, at) => {
        const value = made.columns[at + 1][index];
        if (one.high) return [`${one.high.label} ${number(value)} to ${number(made.columns[at][index])}`];
        return one.says === null || (value == null && !station) ? [] : [`${station ? one.says : one.label} ${number(value)}`];
      });
      const t = made.columns[0][index];
      const flags = marks.filter((mark) => mark.at === t).map((mark) => `${mark.flag === 4 ? "failed" : "suspect"}: ${mark.variable} ${number(mark.value)} (${mark.rule})`);
      readout.textContent = `${words(zoneOf, state.span, t)}: ${[...parts, ...flags].join(" · ")}`;
    };
    const scale = {};
    if (chart.low != null || chart.high != null) {
      scale.y = { range: (_, low, high) => [chart.low ?? low, chart.high ?? Math.max(high * 1.06, (chart.low ?? 0) + 1)] };
    }
    const axis = { stroke: colour("soft"), grid: { stroke: colour("grid"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    const plot = new uPlot({
      width: Math.max(240, plotBox.clientWidth), height: { direction: 170, wind: station ? 330 : 210 }[chart.name] ?? 200,
      tzDate: axisDate(zoneOf), scales: { x: { time: true }, ...scale }, legend: { show: false },
      cursor: { sync: { key: "weather" }, points: { size: 7 }, y: false },
      bands: made.bands, series: made.series,
      axes: [{ ...axis, values: AXIS, space: 64, size: 42 }, { ...axis, size: 56, splits: chart.name === "direction" ? () => [0, 90, 180, 270, 360] : undefined }],
      hooks: { draw: [(u) => drawMarks(u, marks)], setCursor: [(u) => say(u.cursor.idx)] },
    }, made.columns, plotBox);
    let at = null;
    plotBox.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -24, PageDown: 24 }[event.key];
      if (event.key === "Escape") return reset();
      if (!step) return;
      event.preventDefault();
      at = Math.min(made.columns[0].length - 1, Math.max(0, (at ?? (step > 0 ? -1 : made.columns[0].length)) + step));
      plot.setCursor({ left: plot.valToPos(made.columns[0][at], "x"), top: 10 });
      say(at);
    });
    plots.push({ plot, box: plotBox, chart: chart.name });
    return figure;
  }
  function swatch(kind, name) {
    const picture = svg("svg", { width: 22, height: 12, "aria-hidden": "true" });
    const stroke = `stroke: var(--${name}); fill: none; stroke-width: 2.4`;
    if (kind === "band") picture.append(svg("rect", { y: 1, width: 22, height: 10, style: `fill: var(--${name}); opacity: .3` }));
    else if (kind === "bars") picture.append(svg("rect", { x: 6, width: 10, height: 12, style: `fill: var(--${name})` }));
    else if (kind === "points") picture.append(svg("circle", { cx: 11, cy: 6, r: 3, style: `fill: var(--${name})` }));
    else if (kind === "fail") picture.append(svg("path", { d: "M6 1L16 11M16 1L6 11", style: stroke }));
    else if (kind === "suspect") picture.append(svg("path", { d: "M11 1L16 6L11 11L6 6Z", style: stroke }));
    else picture.append(svg("path", { d: "M0 6H22", style: stroke }));
    return picture;
  }
  function legend(made, marks, station) {
    const list = el("ul", { class: "legend" });
    const add = (kind, name, label) => list.append(el("li", {}, swatch(kind, name), text(label)));
    if (station) for (const one of [...made.shown].reverse()) add(one.kind, one.colour, one.label);
    else made.series.slice(1).forEach((one, index) => add("line", PALETTE[index % PALETTE.length], one.label));
    if (marks.some((mark) => mark.flag === 4)) add("fail", "fail", "failed quality control, not averaged");
    if (marks.some((mark) => mark.flag === 3)) add("suspect", "warn", "suspect");
    return list;
  }

  // ---- wind rose

  const SECTORS = ["N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"];
  const CLASS_COLOURS = ["pale", "teal", "green", "amber", "warm"];

  function drawRose(station, box) {
    const span = station[state.span];
    const totals = SECTORS.map((_, sector) => span.rose.reduce((sum, row) => sum + row[sector], 0));
    const all = totals.reduce((sum, n) => sum + n, 0) + span.calm;
    if (!totals.some(Boolean)) return;
    const share = (n) => n / all;
    const top = Math.max(...totals.map(share));
    const step = [0.02, 0.05, 0.1, 0.2, 0.5].find((one) => top / one <= 4.2) ?? 0.5;
    const rim = Math.ceil(top / step) * step;
    const inner = 16;
    const radius = (part) => inner + (part / rim) * 112;
    const picture = svg("svg", { viewBox: "-150 -150 300 300", "aria-hidden": "true", focusable: "false" });
    for (let ring = step; ring <= rim + 1e-9; ring += step) picture.append(svg("circle", { class: "ring", r: radius(ring) }));
    const point = (angle, r) => `${(Math.sin(angle) * r).toFixed(2)} ${(-Math.cos(angle) * r).toFixed(2)}`;
    totals.forEach((_, sector) => {
      let below = 0;
      span.rose.forEach((row, index) => {
        if (!row[sector]) return;
        const [from, to] = [radius(share(below)), radius(share(below + row[sector]))];
        below += row[sector];
        const [a, b] = [(sector - 0.42) * (Math.PI / 8), (sector + 0.42) * (Math.PI / 8)];
        const shape = `M${point(a, from)}L${point(a, to)}A${to} ${to} 0 0 1 ${point(b, to)}L${point(b, from)}A${from} ${from} 0 0 0 ${point(a, from)}Z`;
        const name = span.rose.length > 1 ? CLASS_COLOURS[index] : "green";
        picture.append(svg("path", { d: shape, style: `fill: var(--${name})`, "data-sector": SECTORS[sector], "data-class": index, "data-slots": row[sector] }));
      });
    });
    [["N", 0], ["E", 4], ["S", 8], ["W", 12]].forEach(([name, sector]) => {
      const [x, y] = point(sector * (Math.PI / 8), 141).split(" ");
      picture.append(svg("text", { x, y: Number(y) + 4, "text-anchor": "middle", style: "font-weight: 600" }, text(name)));
    });
    for (let ring = step; ring <= rim + 1e-9; ring += step) {
      const [x, y] = point(Math.PI / 8, radius(ring)).split(" ");
      picture.append(svg("text", { x, y: Number(y) + 3, "text-anchor": "middle", style: "font-size: 10.5px" }, text(`${Math.round(ring * 100)} %`)));
    }
    const most = SECTORS[totals.indexOf(Math.max(...totals))];
    const told = `most often from ${most}; calm ${Math.round(share(span.calm) * 1000) / 10} %`;
    const figure = el("figure", { class: "rose", "data-chart": "rose" });
    figure.append(el("figcaption", {}, el("h3", {}, text("Wind rose")), el("p", { class: "stats" }, text(told))));
    figure.append(el("div", { role: "img", "aria-label": `Wind rose of ${station.label}: ${told}` }, picture));
    const list = el("ul", { class: "legend" });
    const bounds = data.speedClasses;
    const nameOf = (index) => (index === 0 ? `below ${bounds[0]}` : index === bounds.length ? `${bounds[index - 1]} and more` : `${bounds[index - 1]} to ${bounds[index]}`);
    if (span.rose.length > 1) span.rose.forEach((_, index) => list.append(el("li", {}, swatch("bars", CLASS_COLOURS[index]), text(`${nameOf(index)} m/s`))));
    else list.append(el("li", {}, text("share of all slots by direction")));
    figure.append(list);
    box.append(figure);
  }

  // ---- one station

  function draw() {
    while (plots.length) plots.pop().plot.destroy();
    const box = $("charts");
    if (!box) return;
    box.replaceChildren();
    const station = state.station === "all" ? null : data.stations[state.station];
    $("station").value = String(state.station);
    for (const name of ["hours", "days"]) $(`span-${name}`).setAttribute("aria-pressed", String(state.span === name));
    const at = state.station === "all" ? -1 : state.station;
    $("before").disabled = at <= 0;
    $("next").disabled = at < 0 || at >= data.stations.length - 1;
    $("zone").textContent = station
      ? `Times are the station's own: ${station.zone}.`
      : `Times are those of ${data.stations[0].label}: ${data.stations[0].zone}.`;
    for (const chart of data.charts) {
      let place = box;
      if (chart.name === "wind" && station && station[state.span].rose.some((row) => row.some(Boolean))) {
        place = el("div", { class: "windrow" });
        box.append(place);
      }
      drawChart(chart, station, place);
      if (place !== box) drawRose(station, place);
      if (place !== box && plots.length) resize(plots[plots.length - 1]);
    }
    if (!box.children.length) box.append(el("p", { class: "note" }, text("There are no numbers of this station in this span.")));
    $("numbers").open = false;
    $("numbers-table").replaceChildren();
  }
  function resize(one) {
    const width = Math.max(240, one.box.clientWidth);
    if (width !== one.plot.width) one.plot.setSize({ width, height: one.plot.height });
  }
  function reset() {
    for (const { plot } of plots) plot.setScale("x", { min: plot.data[0][0], max: plot.data[0][plot.data[0].length - 1] });
  }
  function choose(station, go) {
    state.station = station;
    draw();
    if (go) {
      $("stations").scrollIntoView();
      $("station").focus({ preventScroll: true });
    }
  }

  // ---- numbers and downloads

  function tableRows(station, spanName) {
    const span = station[spanName];
    const names = Object.keys(span.columns);
    const time = spanName === "days" ? "local_date" : "window_start";
    const header = ["site", "station_id", time, ...names];
    const rows = span.t.map((t, row) => [
      station.site, station.station, spanName === "days" ? isoDay(t) : isoLocal(station, t), ...names.map((name) => span.columns[name][row]),
    ]);
    return { header, rows };
  }
  function csv(parts) {
    const names = [...new Set(parts.flatMap(({ header }) => header))];
    const cell = (value) => (value == null ? "" : /[",\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
    const lines = [names.join(",")];
    for (const { header, rows } of parts) {
      const where = names.map((name) => header.indexOf(name));
      for (const row of rows) lines.push(where.map((at) => (at < 0 ? "" : cell(row[at]))).join(","));
    }
    return lines.join("\n") + "\n";
  }
  function save(name, content) {
    const link = el("a", { href: URL.createObjectURL(new Blob([content], { type: "text/csv" })), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }
  const chosen = () => (state.station === "all" ? data.stations : [data.stations[state.station]]);
  const fileName = (what) => `weather-${state.station === "all" ? "all" : data.stations[state.station].label.replace(/[^A-Za-z0-9]+/g, "-")}-${what}.csv`;

  function showNumbers() {
    if (!$("numbers").open) return;
    const { header, rows } = tableRows(chosen()[0], state.span);
    const shown = rows.slice(-400);
    const head = el("tr", {}, ...header.slice(2).map((name) => el("th", { scope: "col", class: name.includes("_date") || name === "window_start" ? "" : "num" }, text(name))));
    const body = shown.map((row) => el("tr", {}, el("th", { scope: "row" }, text(row[2])), ...row.slice(3).map((value) => el("td", { class: "num" }, text(value == null ? "" : String(value))))));
    const told = `${chosen()[0].label}, ${state.span === "days" ? "by day" : "by hour"}${shown.length < rows.length ? `: the last ${shown.length} of ${rows.length} rows, the download has all` : ""}`;
    $("numbers-table").replaceChildren(el("table", {}, el("caption", {}, text(told)), el("thead", {}, head), el("tbody", {}, ...body)));
  }

  // ---- theme, size, print

  function paint(theme) {
    const wanted = theme ?? state.theme ?? (dark.matches ? "dark" : "light");
    document.documentElement.dataset.theme = wanted;
    $("theme").setAttribute("aria-pressed", String(wanted === "dark"));
    draw();
  }
  $("theme").hidden = false;
  $("theme").addEventListener("click", () => {
    state.theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    paint();
  });
  dark.addEventListener("change", () => paint());
  addEventListener("beforeprint", () => {
    $("charts")?.style.setProperty("width", "640px");
    paint("light");
  });
  addEventListener("afterprint", () => {
    $("charts")?.style.removeProperty("width");
    paint();
  });

  if (data.stations.length) {
    $("interactive").hidden = false;
    $("station").addEventListener("change", (event) => choose(event.target.value === "all" ? "all" : Number(event.target.value)));
    $("before").addEventListener("click", () => choose(state.station - 1));
    $("next").addEventListener("click", () => choose(state.station + 1));
    for (const name of ["hours", "days"]) $(`span-${name}`).addEventListener("click", () => { state.span = name; draw(); });
    $("whole").addEventListener("click", reset);
    $("save-days").addEventListener("click", () => save(fileName("by-day"), csv(chosen().map((one) => tableRows(one, "days")))));
    $("save-hours").addEventListener("click", () => save(fileName("by-hour"), csv(chosen().map((one) => tableRows(one, "hours")))));
    $("save-all").addEventListener("click", () => save("weather-all-by-day.csv", csv(data.stations.map((one) => tableRows(one, "days")))));
    $("numbers").addEventListener("toggle", showNumbers);
    if ($("heat-pages")) {
      $("heat-before").addEventListener("click", () => { state.page -= 1; drawHeat(); });
      $("heat-next").addEventListener("click", () => { state.page += 1; drawHeat(); });
    }
    new ResizeObserver(() => { drawHeat(); plots.forEach(resize); }).observe($("main"));
    drawHeat();
  }
  paint();
  window.weatherReport = { data, plots, state, choose, draw, csv, tableRows }; // what the tests read back
  document.documentElement.dataset.ready = "true";
})();
