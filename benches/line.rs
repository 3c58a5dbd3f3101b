//! The whole line as a benchmark: the real program against a bare HTTP server in this process. Prints a table;
//! `benches/README.md` says what to expect and how to read it. Linux: CPU and memory come from `/proc`.
//!
//!     cargo bench --bench line
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark measures and prints")]
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Clock ticks of `/proc/PID/stat`, a second (fixed by the kernel's user interface).
const TICKS: f64 = 100.0;

/// One measurement of the program.
struct Measured {
    seconds: f64,
    cpu: f64,
    peak_mb: f64,
    store_bytes: u64,
    report: serde_json::Value,
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    println!("| what | figure |\n|---|---|");
    start_up();
    full_speed(&runtime);
    faithful(&runtime);
    many(&runtime);
}

/// Start-up of the program, the median of 21.
fn start_up() {
    for (what, args) in [
        ("`proto --version`", &["--version"][..]),
        ("`proto check` of the quickstart", &["check", "experiments/quickstart.yaml"]),
    ] {
        let mut times: Vec<f64> = (0..21)
            .map(|_| {
                let began = Instant::now();
                let mut command = Command::new(env!("CARGO_BIN_EXE_proto"));
                let status = command.args(args).stdout(Stdio::null()).status().expect("the program");
                assert!(status.success());
                began.elapsed().as_secs_f64()
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!("| {what} | {:.1} ms |", 1e3 * times[10]);
    }
}

/// 20,000 runs against a server that answers at once, two evaluators, everything recorded; the median of three.
fn full_speed(runtime: &tokio::runtime::Runtime) {
    let url = serve(runtime, Duration::ZERO);
    let mut all: Vec<Measured> = (0..3).map(|_| measure(&url, 10_000, 256, 0)).collect();
    all.sort_by(|a, b| a.cpu.total_cmp(&b.cpu));
    let middle = &all[1];
    println!("| 20,000 runs at 0 ms, concurrency 256: runs per second | {:.0} |", 20_000.0 / middle.seconds);
    println!("| … CPU a run | {:.0} µs |", 1e6 * middle.cpu / 20_000.0);
    println!("| … peak memory | {:.0} MB |", middle.peak_mb);
    println!("| … store a run | {} B |", middle.store_bytes / 20_000);
}

/// A server that takes 50 ms: what is recorded, by concurrency.
fn faithful(runtime: &tokio::runtime::Runtime) {
    let url = serve(runtime, Duration::from_millis(50));
    for concurrency in [4, 64, 256] {
        let cases = (concurrency * 40).min(2_000);
        let measured = measure(&url, cases, concurrency, 0);
        let metrics = &measured.report["versions"][0]["metrics"];
        let ms = |name: &str| 1e3 * metrics[name]["value"].as_f64().expect("a latency");
        println!(
            "| 50 ms server, concurrency {concurrency}: recorded P50 / P99 | {:.1} / {:.1} ms |",
            ms("latency.p50"),
            ms("latency.p99")
        );
    }
}

/// Large answers, and a great many runs (`PROTO_BENCH_RUNS`, 200,000 unless set).
fn many(runtime: &tokio::runtime::Runtime) {
    let url = serve(runtime, Duration::ZERO);
    let large = measure(&url, 500, 16, 100_000);
    println!("| 1,000 answers of 100 kB: peak memory | {:.0} MB |", large.peak_mb);
    let runs: usize =
        std::env::var("PROTO_BENCH_RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(200_000);
    let folder = tempfile::tempdir().expect("a folder");
    let measured = run_in(folder.path(), &url, runs / 2, 256, 0);
    println!("| {runs} runs: peak memory | {:.0} MB |", measured.peak_mb);
    let began = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_proto"))
        .arg("compare")
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .status();
    assert!(status.expect("the program").success());
    println!("| `proto compare` over {runs} stored runs | {:.2} s |", began.elapsed().as_secs_f64());
}

fn measure(url: &str, cases: usize, concurrency: usize, answer: usize) -> Measured {
    let folder = tempfile::tempdir().expect("a folder");
    run_in(folder.path(), url, cases, concurrency, answer)
}

/// Runs the program over `cases` cases under two versions and watches it.
fn run_in(folder: &Path, url: &str, cases: usize, concurrency: usize, answer: usize) -> Measured {
    std::fs::create_dir_all(folder.join(".git")).expect("a project");
    let mut rows = String::new();
    for i in 0..cases {
        writeln!(
            rows,
            "{{\"id\": \"c{i}\", \"q\": \"question number {i} [{answer}]\", \"expected\": \"x\"}}"
        )
        .expect("a text");
    }
    std::fs::write(folder.join("cases.jsonl"), rows).expect("a dataset");
    let file = format!(
        "project: bench\nprompt: \"{{{{ q }}}}\"\ndataset: cases.jsonl\n\
         providers: {{ mock: {{ type: openai, base_url: \"{url}/v1\", api_key_env: null, concurrency: {concurrency} }} }}\n\
         versions: {{ a: mock/one, b: mock/two }}\nevaluators: [ equals, contains: answer ]\n"
    );
    std::fs::write(folder.join("x.yaml"), file).expect("an experiment");
    let (began, cpu) = (Instant::now(), children_cpu());
    let mut child = Command::new(env!("CARGO_BIN_EXE_proto"))
        .args(["run", "x.yaml", "--json"])
        .current_dir(folder)
        .stdout(std::fs::File::create(folder.join("out.json")).expect("a file"))
        .spawn()
        .expect("the program");
    let peak_mb = watch(&mut child);
    let seconds = began.elapsed().as_secs_f64();
    let text = std::fs::read_to_string(folder.join("out.json")).expect("the answer");
    let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(document["runs"]["done"].as_u64(), Some(2 * cases as u64), "{text}");
    let store_bytes = std::fs::metadata(folder.join(".proto/proto.db")).map_or(0, |file| file.len());
    Measured { seconds, cpu: children_cpu() - cpu, peak_mb, store_bytes, report: document["report"].clone() }
}

/// Waits for the program; its peak resident memory in MB.
fn watch(child: &mut Child) -> f64 {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0;
    while child.try_wait().expect("its state").is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kb = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
        peak = kb.map_or(peak, |kb| kb / 1024.0);
        std::thread::sleep(Duration::from_millis(5));
    }
    peak
}

/// CPU seconds of all children that have ended: user and system.
fn children_cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields: Vec<f64> =
        after_name.split_whitespace().skip(1).filter_map(|field| field.parse().ok()).collect();
    fields.get(12).zip(fields.get(13)).map_or(0.0, |(user, system)| (user + system) / TICKS)
}

/// A bare server: reads a request, waits, answers.
fn serve(runtime: &tokio::runtime::Runtime, delay: Duration) -> String {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer_all(stream, delay));
        }
    });
    url
}

async fn answer_all(mut stream: TcpStream, delay: Duration) {
    let _ = stream.set_nodelay(true);
    let mut buffer = Vec::with_capacity(4096);
    loop {
        let Some((length, size)) = request(&mut stream, &mut buffer).await else { return };
        buffer.drain(..length);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let text = if size == 0 { "the answer".to_owned() } else { "x".repeat(size) };
        let body = format!(
            "{{\"id\":\"c\",\"model\":\"m\",\"choices\":[{{\"index\":0,\"finish_reason\":\"stop\",\"message\":\
             {{\"role\":\"assistant\",\"content\":\"{text}\"}}}}],\"usage\":{{\"prompt_tokens\":9,\"completion_tokens\":2}}}}"
        );
        let reply = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        if stream.write_all(reply.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Reads one request: how long it is, and the answer's size it asks for (`[N]` in its text).
async fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<(usize, usize)> {
    loop {
        if let Some(head) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&buffer[..head]).to_lowercase();
            let length = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .and_then(|n| n.parse().ok());
            let whole = head + 4 + length.unwrap_or(0);
            if buffer.len() >= whole {
                let body = String::from_utf8_lossy(&buffer[head + 4..whole]).into_owned();
                let size = body.rsplit_once('[').and_then(|(_, rest)| rest.split(']').next()?.parse().ok());
                return Some((whole, size.unwrap_or(0)));
            }
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}
