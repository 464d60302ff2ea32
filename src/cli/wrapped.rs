//! Lines as wide as the terminal: a word that is broken in the middle cannot be read or copied.

use std::io::{self, IsTerminal as _, Write};

use terminal_size::{Width, terminal_size};

/// How far in the second line of what was one line begins.
const INDENT: usize = 4;

/// Narrower than this nothing is wrapped: there would be a word a line.
const NARROWEST: usize = 40;

/// Prints text as wide as the terminal is; as it stands where it goes elsewhere, to be searched by line.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout();
    let width = match terminal_size() {
        Some((Width(width), _)) if out.is_terminal() => usize::from(width),
        _ => usize::MAX,
    };
    for line in text.lines() {
        writeln!(out, "{}", wrapped(line, width))?;
    }
    Ok(())
}

/// A line on several, none of them wider than `width` where its words allow it.
fn wrapped(line: &str, width: usize) -> String {
    if line.chars().count() <= width || width < NARROWEST {
        return line.to_owned();
    }
    let begin = line.chars().take_while(|c| *c == ' ').count();
    let mut all = " ".repeat(begin);
    let mut column = begin;
    for (place, word) in line[begin..].split(' ').enumerate() {
        let letters = word.chars().count();
        if place > 0 && column + 1 + letters > width && !word.is_empty() {
            all.truncate(all.trim_end_matches(' ').len());
            all += "\n";
            all += &" ".repeat(begin + INDENT);
            column = begin + INDENT;
        } else if place > 0 {
            all.push(' ');
            column += 1;
        }
        all += word;
        column += letters;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_goes_on_below_and_nothing_of_it_is_lost() {
        let line = "daily-rack                failing  it answered 500 to the third visit in a row; we try again (next visit 2026-11-22 08:00 UTC)";
        let text = wrapped(line, 60);
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
        assert!(text.lines().skip(1).all(|line| line.starts_with("    ")), "{text}");
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&text), words(line));
        assert_eq!(wrapped(line, usize::MAX), line);
        assert_eq!(wrapped("ab cd", 1), "ab cd", "nobody has such a terminal");
        let long = "x".repeat(100);
        assert_eq!(wrapped(&format!("a {long}"), 50), format!("a\n    {long}"));
    }
}
