//! The committed WebAssembly is of these sources, and computes what the stage computes.

use std::path::Path;

use conformance::random::Random;
use conformance::tolerance::ulps_between;
use live::{FIGURES, INPUTS, Inputs, Kind, MOVED, OUTPUTS, Outputs, exports};
use wasmi::{Engine, Instance, Linker, Module, Store, WasmParams, WasmResults};

/// WebAssembly brings an exponential and a logarithm of its own.
const ULPS: f64 = 3.0;

/// The exports, in an interpreter.
struct Stage {
    store: Store<()>,
    instance: Instance,
}

impl Stage {
    fn new() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/stage.wasm");
        let bytes = std::fs::read(path).expect(path);
        let engine = Engine::default();
        let module = Module::new(&engine, &bytes).expect("WebAssembly");
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine)
            .instantiate_and_start(&mut store, &module)
            .expect("it imports nothing");
        Stage { store, instance }
    }

    fn call<P: WasmParams, R: WasmResults>(&mut self, name: &str, arguments: P) -> R {
        let function = self.instance.get_typed_func::<P, R>(&self.store, name);
        let function = function.unwrap_or_else(|e| panic!("{name}: {e}"));
        function
            .call(&mut self.store, arguments)
            .unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    fn run(&mut self, figure: usize, inputs: &Inputs) -> (Inputs, Outputs) {
        for (i, &value) in (0..).zip(inputs) {
            self.call::<(u32, f64), ()>("set", (i, value));
        }
        self.call::<u32, ()>("run", figure as u32);
        let inputs = std::array::from_fn(|i| self.call("input", i as u32));
        (inputs, std::array::from_fn(|i| self.call("output", i as u32)))
    }
}

#[test]
fn it_was_built_from_these_sources() {
    assert_eq!(
        Stage::new().call::<(), u64>("sources", ()),
        exports::sources(),
        "stage.wasm is older than its sources: run book/live/build.sh"
    );
}

#[test]
fn its_sources_are_all_there_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for folder in ["backend/src", "book/live/src", "scalar/src"] {
        for file in std::fs::read_dir(root.join(folder)).expect(folder).flatten() {
            let path = format!("{folder}/{}", file.file_name().display());
            assert!(exports::SOURCES.iter().any(|(source, _)| *source == path), "{path}");
        }
    }
}

#[test]
fn it_computes_what_the_stage_computes() {
    let mut stage = Stage::new();
    for (place, figure) in FIGURES.iter().enumerate() {
        let mut random = Random::new(place as u64);
        for _ in 0..300 {
            let units = random.units(INPUTS);
            let (mut inputs, _) = figure.at_start();
            for ((input, control), unit) in
                inputs.iter_mut().zip(figure.controls).zip(&units)
            {
                let unit = f64::from(*unit);
                *input = match control.kind {
                    Kind::Slider(from, to, step) => {
                        from + ((to - from) * unit / step).round() * step
                    }
                    Kind::Switch => unit.round(),
                    Kind::Choice(among) => (unit * among as f64).floor(),
                };
            }
            inputs[MOVED] = (f64::from(units[MOVED]) * 8.0).floor() - 1.0;
            let asked = inputs;
            let (got_inputs, got) = stage.run(place, &inputs);
            let outputs = figure.outputs(&mut inputs);
            let both = got_inputs.iter().chain(&got).zip(inputs.iter().chain(&outputs));
            for (i, (&got, &native)) in both.enumerate() {
                let ulps = ulps_between(got as f32, f64::from(native as f32));
                assert!(
                    ulps <= ULPS,
                    "{} of {asked:?}, output {}: {got:e}, natively {native:e}, {ulps} ulp",
                    figure.name,
                    i as isize - INPUTS as isize
                );
            }
        }
    }
    assert_eq!(
        stage.call::<u32, f64>("output", OUTPUTS as u32).to_bits(),
        f64::NAN.to_bits()
    );
}
