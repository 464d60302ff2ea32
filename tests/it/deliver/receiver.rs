//! A real mail server, aiosmtpd, that keeps what it takes.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::store::kill::variable;

/// The server; it ends when it is dropped.
pub(super) struct Receiver {
    child: Child,
    folder: tempfile::TempDir,
    pub(super) port: u16,
}

/// A mail as it was taken.
pub(super) struct Taken {
    pub(super) from: String,
    pub(super) to: Vec<String>,
    pub(super) user: Option<String>,
    pub(super) tls: bool,
    pub(super) content: Vec<u8>,
}

impl Receiver {
    /// One that takes mail for anybody, in the clear.
    pub(super) fn open() -> Self {
        Self::with(&[])
    }

    /// One behind TLS, as `starttls` or `tls`, that wants to know who we are.
    pub(super) fn protected(how: &str) -> Self {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/crawl");
        let file = |name: &str| fixtures.join(name).display().to_string();
        Self::with(&[how, &file("trusted.cert.der"), &file("trusted.key.der")])
    }

    fn with(arguments: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/deliver/receiver.py");
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(python())
            .arg(script)
            .arg(folder.path())
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|_| panic!("aiosmtpd is there: tests/prepare installs it"));
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        let port =
            port.trim().parse().unwrap_or_else(|_| panic!("tests/prepare installs aiosmtpd"));
        Self { child, folder, port }
    }

    /// What it has taken so far, in order.
    pub(super) fn taken(&self) -> Vec<Taken> {
        let read = |number: usize| {
            let text =
                fs::read_to_string(self.folder.path().join(format!("{number}.json"))).ok()?;
            let kept: Value = serde_json::from_str(&text).unwrap();
            let text = |value: &Value| value.as_str().map(str::to_owned);
            Some(Taken {
                from: text(&kept["from"]).unwrap(),
                to: kept["to"].as_array().unwrap().iter().filter_map(text).collect(),
                user: text(&kept["user"]),
                tls: kept["tls"] == true,
                content: unpacked(kept["content"].as_str().unwrap()),
            })
        };
        (0..).map_while(read).collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The Python that tests/prepare has given aiosmtpd.
fn python() -> PathBuf {
    let cache = variable("OVERHEARD_CACHE").map_or_else(
        || PathBuf::from(variable("HOME").unwrap()).join(".cache/overheard"),
        PathBuf::from,
    );
    cache.join("mail-venv/bin/python")
}

/// Base 64, undone.
fn unpacked(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |byte: u8| DIGITS.iter().position(|digit| *digit == byte).unwrap() as u32;
    let mut bytes = Vec::new();
    for group in text.trim_end_matches('=').as_bytes().chunks(4) {
        let bits = group.iter().fold(0, |bits, byte| bits << 6 | digit(*byte));
        let bits = bits << (6 * (4 - group.len()));
        bytes.extend(&bits.to_be_bytes()[1..group.len()]);
    }
    bytes
}
