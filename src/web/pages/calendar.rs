//! A reader's own calendar (RFC 5545): an event a morning, with the digest in it.

use jiff::tz::TimeZone;

use super::Pages;
use super::feed::recent;
use super::told::Untold;
use crate::digest::Proven;
use crate::reader::Reader;
use crate::views;

/// Octets of a line (RFC 5545, 3.1), without its end.
const LINE_OCTETS: usize = 75;

/// The calendar of a reader's last digests.
pub(super) fn ics(pages: &Pages, reader: &Reader) -> Result<String, Untold> {
    let mut out = Lines::default();
    out.say("BEGIN:VCALENDAR");
    out.say("VERSION:2.0");
    out.say("PRODID:-//Overheard//Digest//EN");
    out.say("CALSCALE:GREGORIAN");
    out.say("METHOD:PUBLISH");
    out.say("X-WR-CALNAME:Overheard");
    for digest in recent(pages, reader)? {
        let utc = |moment: jiff::Timestamp| {
            moment.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string()
        };
        let uid = pages.links.uuid(&digest.reader, &digest.date.to_string());
        let (made, begins) = (utc(digest.made), utc(digest.window.until));
        let page = pages.links.page(&digest);
        let proven = Proven::claimed(digest);
        out.say("BEGIN:VEVENT");
        out.say(&format!("UID:{uid}"));
        out.say(&format!("DTSTAMP:{made}"));
        out.say(&format!("DTSTART:{begins}"));
        out.say("DURATION:PT5M");
        out.say(&format!(
            "SUMMARY:{}",
            escaped(&format!("Overheard: {}", views::summary(&proven)))
        ));
        out.say(&format!("DESCRIPTION:{}", escaped(&views::text(&proven, &pages.links))));
        if let Some(page) = page {
            out.say(&format!("URL:{page}"));
        }
        out.say("CLASS:PRIVATE");
        out.say("TRANSP:TRANSPARENT");
        out.say("END:VEVENT");
    }
    out.say("END:VCALENDAR");
    Ok(out.0)
}

/// Lines, folded and ended as RFC 5545 wants them.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn say(&mut self, line: &str) {
        let mut octets = 0;
        for c in line.chars() {
            // A fold never parts a character.
            if octets + c.len_utf8() > LINE_OCTETS {
                self.0.push_str("\r\n ");
                octets = 1;
            }
            octets += c.len_utf8();
            self.0.push(c);
        }
        self.0.push_str("\r\n");
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_folded_between_characters_and_reads_back() {
        let said = format!("DESCRIPTION:{}", "ü€😀x".repeat(200));
        let mut lines = Lines::default();
        lines.say(&said);
        assert!(lines.0.split("\r\n").all(|line| line.len() <= LINE_OCTETS));
        assert_eq!(lines.0.replace("\r\n ", ""), format!("{said}\r\n"));
    }
}
