//! What a process costs.

use std::fs;
use std::process::Command;
use std::time::Instant;

/// Clock ticks a second, as Linux tells them to programs.
const TICKS: f64 = 100.0;

/// What the second poll took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// Seconds.
    pub(crate) wall: f64,
    /// Seconds of one core.
    pub(crate) cpu: f64,
    /// The most memory the process ever had, in MB.
    pub(crate) rss: f64,
    /// Seconds until all were done but those of a host that hangs.
    pub(crate) others: f64,
}

impl Cost {
    pub(crate) fn print(&self, what: &str, feeds: usize) {
        let feeds = feeds as f64;
        let (wall, cpu) = (self.wall, self.cpu);
        println!("{what:34} {:9.0} {wall:9.2} {:12.0} {:9.0}", feeds / wall, feeds / cpu, self.rss);
    }

    /// As [`Cost::write`] wrote it.
    pub(crate) fn read(line: &str) -> Self {
        let numbers: Vec<f64> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
        let [wall, cpu, rss, others] = numbers[..] else { panic!("no cost: {line}") };
        Self { wall, cpu, rss, others }
    }

    pub(crate) fn write(&self) {
        println!("{} {} {} {}", self.wall, self.cpu, self.rss, self.others);
    }
}

/// A moment in this process.
pub(crate) struct Since {
    at: Instant,
    cpu: f64,
}

impl Since {
    pub(crate) fn now() -> Self {
        Self { at: Instant::now(), cpu: cpu("/proc/self/stat", 0) }
    }

    /// Seconds since.
    pub(crate) fn wall(&self) -> f64 {
        self.at.elapsed().as_secs_f64()
    }

    pub(crate) fn cost(&self, others: f64) -> Cost {
        let cpu = cpu("/proc/self/stat", 0) - self.cpu;
        Cost { wall: self.wall(), cpu, rss: peak_rss(), others }
    }
}

/// Runs a foreign program to its end; none where it is not there. Its memory is not measured.
pub(crate) fn run(command: &mut Command) -> Option<Cost> {
    // Children that were waited for are two fields further on.
    let before = cpu("/proc/self/stat", 2);
    let started = Instant::now();
    command.status().ok()?;
    let wall = started.elapsed().as_secs_f64();
    Some(Cost { wall, cpu: cpu("/proc/self/stat", 2) - before, rss: f64::NAN, others: wall })
}

/// User and system time, from the 14th field on.
fn cpu(file: &str, further: usize) -> f64 {
    let stat = fs::read_to_string(file).unwrap();
    // The name in brackets may hold blanks.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |place: usize| fields[place + further].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / TICKS
}

fn peak_rss() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}
