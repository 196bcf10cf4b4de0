// <live-figure data-figure="2">: sliders and switches over a picture that was drawn when the book
// was built. This script moves what was drawn. The numbers come from the course's own scalar
// stage, compiled to WebAssembly; where that does not run, the picture stays as it is.
"use strict";
(() => {
  if (customElements.get("live-figure")) return;
  const MOVED = 15, NOBODY = -1; // as in book/live/src/lib.rs
  const stage = WebAssembly.instantiate(
    Uint8Array.from(atob(document.currentScript.dataset.stage), (byte) => byte.charCodeAt(0)),
  ).then(({ instance }) => instance.exports);

  // As the picture was drawn by book/figures/src/live/values.rs.
  const half = (digits) => 0.5 * 10 ** -digits;
  const inDigits = (x, digits) => {
    if (!Number.isFinite(x)) return String(x).replace("Infinity", "inf");
    return (Math.abs(x) < half(digits) ? 0 : x).toFixed(digits);
  };
  const inAnySize = (x, digits) => {
    const size = Math.abs(x);
    const plain = !size || !Number.isFinite(size) || (size >= half(digits) && size < 1e7);
    return plain ? inDigits(x, digits) : x.toExponential(2).replace("+", "");
  };
  const set = (mark, attributes) => {
    for (const name in attributes) mark.setAttribute(name, attributes[name]);
  };
  const MARKS = {
    number(mark, value, of, digits) {
      mark.textContent = inDigits(value(of), Number(digits));
    },
    any(mark, value, of, digits) {
      mark.textContent = inAnySize(value(of), Number(digits));
    },
    bar(mark, value, of, zero, unit) {
      const length = unit * value(of);
      set(mark, { x: Number(zero) + Math.min(0, length), width: Math.abs(length) });
      mark.classList.toggle("below", length < 0);
    },
    moved(mark, value, x, zeroX, unitX, y, zeroY, unitY) {
      const at = (of, zero, unit) => Number(zero) + unit * value(of);
      set(mark, { transform: `translate(${at(x, zeroX, unitX)} ${at(y, zeroY, unitY)})` });
    },
    curve(mark, value, first, points, x, step, zero, unit) {
      const point = (_, i) => `${Number(x) + step * i} ${Number(zero) + unit * value(String(Number(first) + i))}`;
      set(mark, { d: "M" + Array.from({ length: points }, point).join("L") });
    },
    lit(mark, value, of) {
      mark.classList.toggle("unlit", value(of) === 0);
    },
  };

  class LiveFigure extends HTMLElement {
    async connectedCallback() {
      try {
        this.stage = await stage;
      } catch {
        return;
      }
      this.inputs = [];
      this.controls = this.querySelectorAll("input");
      this.controls.forEach((control) => this.read(control));
      this.addEventListener("input", ({ target }) => this.show(target));
      this.show();
      this.classList.add("live");
    }

    read({ type, checked, value, dataset }) {
      if (type === "checkbox") this.inputs[dataset.input] = Number(checked);
      else if (type === "range" || checked) this.inputs[dataset.input] = Number(value);
    }

    show(moved) {
      const { set, run, input, output } = this.stage;
      if (moved) this.read(moved);
      this.inputs.forEach((value, i) => set(i, value));
      set(MOVED, moved?.type === "range" ? moved.dataset.input : NOBODY);
      run(this.dataset.figure);
      this.inputs = this.inputs.map((_, i) => input(i));
      for (const control of this.controls) {
        if (control.type === "range") control.value = this.inputs[control.dataset.input];
      }
      const value = (of) => (of[0] === "i" ? this.inputs[of.slice(1)] : output(of));
      for (const mark of this.querySelectorAll("[data-live]")) {
        const [kind, ...numbers] = mark.dataset.live.split(" ");
        MARKS[kind](mark, value, ...numbers);
      }
    }
  }

  customElements.define("live-figure", LiveFigure);
})();
