//! The same work by the testcontainers crate, as its documentation shows it.
//!
//! usage: testcontainers-peer one|three|many COUNT [JOBS]
//!
//! Prints a line for each run of the work: nanoseconds, and a 0 (no memory is measured).  This crate has no
//! reaper of its own; readiness is told by what the servers log, its usual way.
use std::time::Instant;
use testcontainers::core::{ExecCommand, IntoContainerPort, WaitFor};
use testcontainers::runners::SyncRunner;
use testcontainers::{Container, GenericImage, ImageExt};

const PREFIX: &str = "localhost/clnrm-test/";

fn execute(container: &Container<GenericImage>, argv: &[&str]) {
    let mut result = container.exec(ExecCommand::new(argv.iter().copied())).expect("exec");
    result.stdout_to_vec().expect("output");
    assert_eq!(result.exit_code().expect("exit code"), Some(0), "{argv:?}");
}

fn image(name: &str, tag: &str) -> GenericImage {
    GenericImage::new(format!("{PREFIX}{name}"), tag.to_string())
}

fn redis() -> GenericImage {
    image("redis", "7")
        .with_exposed_port(6379.tcp())
        .with_wait_for(WaitFor::message_on_stdout("Ready to accept connections"))
}

fn one() {
    let cache = redis().start().expect("redis");
    execute(&cache, &["redis-cli", "ping"]);
}

fn three(number: usize) {
    let network = format!("clnrm-bench-{}-{number}", std::process::id());
    let name = |service: &str| format!("{network}-{service}"); // the crate gives no aliases
    let cache = redis().with_network(&network).with_container_name(name("cache")).start().expect("redis");
    let web = image("nginx", "1")
        .with_exposed_port(80.tcp())
        .with_wait_for(WaitFor::message_on_stderr("start worker process"))
        .with_network(&network)
        .with_container_name(name("web"))
        .start()
        .expect("nginx");
    let files = image("busybox", "1")
        .with_network(&network)
        .with_container_name(name("files"))
        .with_cmd(["httpd", "-f", "-p", "8000", "-h", "/etc"])
        .start()
        .expect("busybox");
    execute(&cache, &["redis-cli", "ping"]);
    execute(&cache, &["redis-cli", "set", "a", "1"]);
    execute(&web, &["nginx", "-t"]);
    execute(&files, &["wget", "-qO-", &format!("http://{}/", name("web"))]);
    let ping = format!("printf 'PING\\r\\nQUIT\\r\\n' | nc {} 6379", name("cache"));
    execute(&files, &["sh", "-c", &ping]);
}

fn many(jobs: usize) {
    let workers: Vec<_> = (0..jobs)
        .map(|worker| {
            std::thread::spawn(move || {
                for _ in (worker..20).step_by(jobs) {
                    let room = image("busybox", "1").with_cmd(["sleep", "86400"]).start().expect("busybox");
                    execute(&room, &["true"]);
                }
            })
        })
        .collect();
    for worker in workers {
        worker.join().expect("worker");
    }
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let count: usize = words[2].parse().expect("COUNT");
    let jobs: usize = words.get(3).map_or(1, |w| w.parse().expect("JOBS"));
    for number in 0..count {
        let began = Instant::now();
        match words[1].as_str() {
            "one" => one(),
            "three" => three(number),
            "many" => many(jobs),
            other => panic!("no work {other}"),
        }
        println!("{} 0", began.elapsed().as_nanos());
    }
}
