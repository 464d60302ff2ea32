//! JSON lines on standard input: a line that is too long or is no JSON is data, not an end.

use std::io::{self, BufRead, BufReader, Read};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Longest line taken: a post is a few kilobytes, and a megabyte of text still fits.
const LONGEST_LINE_BYTES: usize = 16 << 20;

/// Read ahead this much: what is there already makes one batch.
const AHEAD_BYTES: usize = 1 << 20;

/// A line that cannot be answered, in the form it is answered with.
#[derive(Debug, Serialize)]
pub(super) struct Unanswered {
    /// The id the line gave, if it could be found.
    pub(super) id: Option<Value>,
    /// The number of the line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<usize>,
    /// What is wrong with it.
    pub(super) error: String,
}

/// Lines of JSON, each a `T`.
pub(super) struct JsonLines<R> {
    input: BufReader<R>,
    /// What a line should have been, for the message ("{\"id\", \"text\"}").
    expected: &'static str,
    number: usize,
}

impl<R: Read> JsonLines<R> {
    pub(super) fn of(input: R, expected: &'static str) -> Self {
        Self { input: BufReader::with_capacity(AHEAD_BYTES, input), expected, number: 0 }
    }

    /// Lines read so far.
    pub(super) fn count(&self) -> usize {
        self.number
    }

    /// Up to `most` lines that are there already, at least one unless the input has ended: whoever
    /// sends a line and waits for the answer gets it.
    pub(super) fn batch<T: DeserializeOwned>(
        &mut self,
        most: usize,
    ) -> io::Result<Vec<Result<T, Unanswered>>> {
        let mut batch = Vec::new();
        while batch.len() < most && (batch.is_empty() || self.input.buffer().contains(&b'\n')) {
            let Some(line) = self.line()? else { break };
            if !line.trim_ascii().is_empty() {
                batch.push(self.parse(&line));
            }
        }
        Ok(batch)
    }

    /// The next line; one that is too long is cut one byte over the limit, and its rest passed over.
    fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let limit = LONGEST_LINE_BYTES as u64 + 1;
        if (&mut self.input).take(limit).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        if line.len() > LONGEST_LINE_BYTES && line.last() != Some(&b'\n') {
            self.input.skip_until(b'\n')?;
        }
        Ok(Some(line))
    }

    fn parse<T: DeserializeOwned>(&self, line: &[u8]) -> Result<T, Unanswered> {
        let unanswered = |id, error| Unanswered { id, line: Some(self.number), error };
        if line.len() > LONGEST_LINE_BYTES {
            let most = LONGEST_LINE_BYTES >> 20;
            return Err(unanswered(None, format!("the line is longer than {most} MiB: send less")));
        }
        serde_json::from_slice(line).map_err(|error| {
            let value = serde_json::from_slice::<Value>(line).ok();
            let id = value.and_then(|value| value.get("id").cloned());
            unanswered(id, format!("not {} as JSON: {error}", self.expected))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &str) -> Vec<Result<Value, String>> {
        let mut lines = JsonLines::of(input.as_bytes(), "a value");
        let mut all = Vec::new();
        loop {
            let batch = lines.batch::<Value>(2).unwrap();
            if batch.is_empty() {
                return all;
            }
            all.extend(batch.into_iter().map(|line| line.map_err(|un| un.error)));
        }
    }

    #[test]
    fn every_line_is_read_and_empty_ones_are_passed_over() {
        let all = read("1\n\n2\n  \n3");
        assert_eq!(all.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn a_line_that_is_no_json_does_not_stop_the_next() {
        let all = read("{oops\n2\n");
        assert!(all[0].as_ref().unwrap_err().contains("not a value as JSON"));
        assert_eq!(all[1].as_ref().unwrap(), &2);
    }

    #[test]
    fn a_line_over_the_limit_is_refused_and_the_next_one_read() {
        let long = "x".repeat(LONGEST_LINE_BYTES + 10);
        let all = read(&format!("{long}\n2\n"));
        assert!(all[0].as_ref().unwrap_err().contains("longer than 16 MiB"));
        assert_eq!(all[1].as_ref().unwrap(), &2);
    }
}
