//! Python's trafilatura on the same pages, as its own evaluation runs it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use super::ExtractionEvalError;
use super::reading::{Reading, Readings};
use super::set::Case;

const PROGRAM: &str = include_str!("trafilatura.py");

#[derive(Serialize)]
struct Asked<'a> {
    file: &'a Path,
    url: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    pages: Vec<Reading>,
    cpu_seconds: f64,
}

/// What the trafilatura of `program` reads.
pub(super) fn read(program: &Path, cases: &[Case]) -> Result<Readings, ExtractionEvalError> {
    let failed = |why: String| ExtractionEvalError::Python { program: program.to_owned(), why };
    let mut python = Command::new(program)
        .args(["-c", PROGRAM])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let asked: Vec<_> =
        cases.iter().map(|case| Asked { file: &case.file, url: &case.url }).collect();
    // It reads all of it before it writes a word, so that neither waits for the other.
    if let Some(mut input) = python.stdin.take() {
        // A Python without trafilatura ends before it has read: what it says is the error.
        let _ = input.write_all(&serde_json::to_vec(&asked)?);
    }
    let answer = python.wait_with_output()?;
    if !answer.status.success() {
        let said = String::from_utf8_lossy(&answer.stderr);
        return Err(failed(said.trim().lines().last().unwrap_or("it failed").to_owned()));
    }
    let answer: Answer =
        serde_json::from_slice(&answer.stdout).map_err(|error| failed(error.to_string()))?;
    if answer.pages.len() != cases.len() {
        return Err(failed(format!("{} answers to {} pages", answer.pages.len(), cases.len())));
    }
    Ok(Readings { pages: answer.pages, cpu_seconds: Some(answer.cpu_seconds) })
}
