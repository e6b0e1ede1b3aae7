//! The Rust peers: toml-peer borrowed|owned|edit FILE N reads FILE N times, prints CPU seconds.
//!
//! `borrowed` and `owned` are the crate toml (a tree that points into the text, and its usual
//! `Table`), `edit` is toml_edit (a tree with all blanks and comments).  Each tree is dropped.
use std::hint::black_box;

extern "C" {
    fn clock() -> std::ffi::c_long; // microseconds of CPU, as every peer measures
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&args[2]).expect("a readable file");
    let rounds: u32 = args[3].parse().expect("a number of rounds");
    let once: fn(&str) = match args[1].as_str() {
        "borrowed" => |text| {
            black_box(toml::de::DeTable::parse(black_box(text)).expect("TOML"));
        },
        "owned" => |text| {
            black_box(black_box(text).parse::<toml::Table>().expect("TOML"));
        },
        "edit" => |text| {
            black_box(black_box(text).parse::<toml_edit::DocumentMut>().expect("TOML"));
        },
        other => panic!("no peer {other}"),
    };
    for _ in 0..rounds / 10 + 1 {
        once(&text);
    }
    let start = unsafe { clock() };
    for _ in 0..rounds {
        once(&text);
    }
    println!("{}", (unsafe { clock() } - start) as f64 / 1e6);
}
