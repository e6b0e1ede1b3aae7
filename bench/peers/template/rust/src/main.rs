//! Tera 1.20, Tera 2 and minijinja as peers: `template-peer ENGINE first|cached|text DIR NAME N`
//! renders DIR/DIALECT/NAME N times with DIR/values.json and prints the CPU seconds of each;
//! `text` prints what comes out.
use std::fs;

const NAMES: [&str; 6] = ["_macros", "simple", "medium", "complex", "large", "mixed"];

fn cpu_seconds() -> f64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Renders once as the way says and `count` times with the clock; `make` sets an engine up with all
/// texts, `render` renders with one.
fn measure<E>(way: &str, count: usize, make: impl Fn() -> E, render: impl Fn(&E) -> String) {
    let kept = make();
    let text = render(&kept);
    if way == "text" {
        print!("{text}");
        return;
    }
    for _ in 0..count {
        let start = cpu_seconds();
        if way == "first" {
            std::hint::black_box(render(&make()));
        } else {
            std::hint::black_box(render(&kept));
        }
        println!("{:.9}", cpu_seconds() - start);
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let (engine, way, dir, name) = (&args[1], &args[2], &args[3], args[4].as_str());
    let count: usize = args[5].parse().expect("a count");
    let values: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(format!("{dir}/values.json")).unwrap()).unwrap();
    let dialect = if engine == "minijinja" {
        "jinja"
    } else {
        engine.as_str()
    };
    let texts: Vec<(&str, String)> = NAMES
        .iter()
        .map(|one| {
            (
                *one,
                fs::read_to_string(format!("{dir}/{dialect}/{one}")).unwrap(),
            )
        })
        .collect();
    let pairs = || texts.iter().map(|(one, text)| (*one, text.as_str()));
    // an engine is given the text that is rendered and those that it uses, not all
    let needed = |one: &str| one == name || (one == "_macros" && name == "complex");
    match engine.as_str() {
        "tera1" => {
            let context = tera1::Context::from_serialize(&values).unwrap();
            measure(
                way,
                count,
                || {
                    let mut tera = tera1::Tera::default();
                    tera.autoescape_on(vec![]);
                    tera.add_raw_templates(pairs().filter(|(one, _)| needed(one)))
                        .unwrap();
                    tera
                },
                |tera| tera.render(name, &context).unwrap(),
            )
        }
        "tera2" => {
            let context = tera2::Context::from_serialize(&values).unwrap();
            measure(
                way,
                count,
                || {
                    let mut tera = tera2::Tera::default();
                    tera.autoescape_on(Vec::<&str>::new());
                    tera.add_raw_templates(pairs().filter(|(one, _)| needed(one)))
                        .unwrap();
                    tera
                },
                |tera| tera.render(name, &context).unwrap(),
            )
        }
        "minijinja" => {
            let context: minijinja::Value = minijinja::value::Serde(&values).into();
            measure(
                way,
                count,
                || {
                    let mut env = minijinja::Environment::new();
                    env.set_syntax(
                        minijinja::syntax::SyntaxConfig::builder()
                            .keep_trailing_newline(true)
                            .build()
                            .unwrap(),
                    );
                    for (one, text) in texts.iter().filter(|(one, _)| needed(one)) {
                        env.add_template_owned(one.to_string(), text.clone())
                            .unwrap();
                    }
                    env
                },
                |env| {
                    env.get_template(name)
                        .unwrap()
                        .render(context.clone())
                        .unwrap()
                },
            )
        }
        other => panic!("no engine {other}"),
    }
}
