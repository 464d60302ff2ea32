//! One encoder on texts, and what that cost: `make bench-classify` runs it beside others.
//!
//! Reads lines of JSON with a `text`, encodes them once, and prints the seconds that took, the CPU
//! seconds, and the largest memory of the process in MB. `embedding` or `feelings` says how much is
//! read of each text.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context as _;
use overheard::app;
use overheard::classify::Reading;
use overheard::classify::readable::readable;
use overheard::classify::sentiment::pieces::Pieces;
use overheard::config::Config;
use serde::Deserialize;

/// Ticks of the processor's clock as Linux counts them, in a second.
const TICKS: f64 = 100.0;

#[derive(Deserialize)]
struct Line {
    text: String,
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let settings = arguments.next().context("name the settings file")?;
    let feelings = arguments.next().as_deref() == Some("feelings");
    let encoder = app::encoder(&Config::read(Some(&PathBuf::from(settings)))?)?;
    let texts: Vec<String> = std::io::stdin()
        .lines()
        .map(|line| Ok(serde_json::from_str::<Line>(&line?)?.text))
        .collect::<anyhow::Result<_>>()?;
    encoder.encode(&["One text, so that everything is loaded."])?;

    let (started, used) = (Instant::now(), cpu_seconds()?);
    // As the classifier prepares them.
    let prepared: Vec<(String, Option<Pieces>)> = texts
        .iter()
        .map(|text| (readable(text), feelings.then(|| Pieces::of(text, &[]))))
        .collect();
    let readings: Vec<Reading<'_>> =
        prepared.iter().map(|(text, p)| Reading { text, pieces: p.as_ref() }).collect();
    let read = encoder.read(&readings)?;
    anyhow::ensure!(read.len() == texts.len(), "{} of {} were read", read.len(), texts.len());
    println!(
        "{} {} {}",
        started.elapsed().as_secs_f64(),
        cpu_seconds()? - used,
        largest_memory_mb()?
    );
    Ok(())
}

fn cpu_seconds() -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2);
    Ok(ticks.map(str::parse::<f64>).sum::<Result<f64, _>>()? / TICKS)
}

fn largest_memory_mb() -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kb = line.and_then(|line| line.split_whitespace().next()).context("no VmHWM")?;
    Ok(kb.parse::<f64>()? / 1024.0)
}
