//! robots.txt as RFC 9309 has it: groups, longest match, `*` and `$`. Pure.

use std::fmt::Write as _;
use std::time::Duration;

/// Bytes of a robots.txt that are read (RFC 9309 §2.5 asks for at least 500 KiB).
pub const SIZE_LIMIT: usize = 500 * 1024;

/// Sitemaps that are read of one; larger sites name one index of all.
const MOST_SITEMAPS: usize = 20;
/// Bytes of a sitemap's address: what browsers take.
const LONGEST_SITEMAP: usize = 2 * 1024;

/// The rules of one robots.txt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Robots {
    groups: Vec<Group>,
    sitemaps: Vec<String>,
}

/// Rules for the agents that are named before them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Group {
    /// Product tokens in lower case; `*` for everybody.
    agents: Vec<String>,
    rules: Vec<Rule>,
    crawl_delay: Option<Duration>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    /// In normal form: see [`normal_pattern`].
    pattern: String,
    verdict: Verdict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Allow,
    Disallow,
}

impl Robots {
    /// Reads a robots.txt. Any bytes are one: lines that mean nothing are passed over.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let bytes = &bytes[..bytes.len().min(SIZE_LIMIT)];
        let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
        let mut groups: Vec<Group> = Vec::new();
        let mut sitemaps = Vec::new();
        // A group is open for further agents until its first rule.
        let mut naming = false;
        for (key, value) in text.split(['\n', '\r']).filter_map(key_and_value) {
            match key.as_str() {
                "user-agent" => {
                    if !naming {
                        groups.push(Group::default());
                    }
                    naming = true;
                    if let Some(group) = groups.last_mut() {
                        group.agents.push(product_token(value));
                    }
                }
                "allow" | "disallow" => {
                    naming = false;
                    // An empty pattern matches nothing: "Disallow:" forbids nothing.
                    if let Some(group) = groups.last_mut().filter(|_| !value.is_empty()) {
                        let verdict =
                            if key == "allow" { Verdict::Allow } else { Verdict::Disallow };
                        group.rules.push(Rule { pattern: normal_pattern(value), verdict });
                    }
                }
                "crawl-delay" => {
                    naming = false;
                    if let Some(group) = groups.last_mut() {
                        group.crawl_delay = seconds(value).or(group.crawl_delay);
                    }
                }
                // Belongs to no group and ends none, as all that is not named here.
                "sitemap"
                    if (1..=LONGEST_SITEMAP).contains(&value.len())
                        && sitemaps.len() < MOST_SITEMAPS =>
                {
                    sitemaps.push(value.to_owned());
                }
                _ => {}
            }
        }
        Self { groups, sitemaps }
    }

    /// The addresses of the site's sitemaps, as they stand there.
    #[must_use]
    pub fn sitemaps(&self) -> &[String] {
        &self.sitemaps
    }

    /// Whether the agent with this product token (`Overheard`) may read this path, which may carry
    /// a query and begins with a slash.
    #[must_use]
    pub fn allows(&self, product_token: &str, path: &str) -> bool {
        let path = normal_path(if path.is_empty() { "/" } else { path });
        if path == "/robots.txt" {
            return true;
        }
        self.groups_for(product_token)
            .flat_map(|group| &group.rules)
            .filter(|rule| matches(&rule.pattern, &path))
            // The longest pattern decides; of two equally long ones, the one that allows.
            .max_by_key(|rule| (rule.pattern.len(), rule.verdict == Verdict::Allow))
            .is_none_or(|rule| rule.verdict == Verdict::Allow)
    }

    /// How long the agent with this product token is to wait between two requests.
    #[must_use]
    pub fn crawl_delay(&self, product_token: &str) -> Option<Duration> {
        self.groups_for(product_token).filter_map(|group| group.crawl_delay).max()
    }

    /// What of it concerns the agent with this product token, as a robots.txt for everybody: it
    /// allows and delays that agent just as this one does, and names the same sitemaps, the first of
    /// them where all would make it longer than `most` bytes. Nothing where its rules alone do.
    #[must_use]
    pub fn text_for(&self, product_token: &str, most: usize) -> Option<String> {
        let mut text = "User-agent: *\n".to_owned();
        for rule in self.groups_for(product_token).flat_map(|group| &group.rules) {
            let verdict = match rule.verdict {
                Verdict::Allow => "Allow",
                Verdict::Disallow => "Disallow",
            };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{verdict}: {}", rule.pattern);
        }
        if let Some(delay) = self.crawl_delay(product_token) {
            let _ = writeln!(text, "Crawl-delay: {}", delay.as_secs_f64());
        }
        if text.len() > most {
            return None;
        }
        for sitemap in &self.sitemaps {
            let line = format!("Sitemap: {sitemap}\n");
            if text.len() + line.len() <= most {
                text.push_str(&line);
            }
        }
        Some(text)
    }

    /// All groups that name the agent, else all that name everybody.
    fn groups_for(&self, token: &str) -> impl Iterator<Item = &Group> {
        let token = product_token(token);
        let named = self.groups.iter().any(|group| group.agents.contains(&token));
        let wanted = if named { token } else { "*".to_owned() };
        self.groups.iter().filter(move |group| group.agents.contains(&wanted))
    }
}

fn key_and_value(line: &str) -> Option<(String, &str)> {
    let line = line.split('#').next().unwrap_or_default();
    let (key, value) = line.split_once(':')?;
    // Spellings met often enough that Google's parser takes them too.
    let key = match key.trim().to_ascii_lowercase().as_str() {
        "useragent" | "user agent" => "user-agent".to_owned(),
        "dissallow" | "dissalow" | "disalow" | "diasllow" | "disallaw" => "disallow".to_owned(),
        "crawldelay" | "crawl delay" => "crawl-delay".to_owned(),
        key => key.to_owned(),
    };
    Some((key, value.trim()))
}

/// The part of an agent's name that identifies it: `Overheard/1.0` → `overheard`.
fn product_token(value: &str) -> String {
    if value.starts_with('*') {
        return "*".to_owned();
    }
    let end = value
        .find(|c: char| !(c.is_ascii_alphabetic() || matches!(c, '-' | '_')))
        .unwrap_or(value.len());
    value[..end].to_ascii_lowercase()
}

fn seconds(value: &str) -> Option<Duration> {
    value.parse().ok().and_then(|seconds: f64| Duration::try_from_secs_f64(seconds).ok())
}

/// A path in normal form. A star or dollar in it is not the one that means something in a pattern.
fn normal_path(path: &str) -> String {
    normal(path).replace('*', "%2A").replace('$', "%24")
}

/// A pattern in normal form: stars mean anything, and a dollar means the end only at the end.
fn normal_pattern(pattern: &str) -> String {
    let pattern = normal(pattern);
    match pattern.strip_suffix('$') {
        Some(start) => start.replace('$', "%24") + "$",
        None => pattern.replace('$', "%24"),
    }
}

/// A path or pattern in the form in which two spellings of one octet are equal: unreserved
/// characters decoded, all else that is not printable ASCII encoded, hexadecimal in upper case.
fn normal(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut normal = String::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = (byte == b'%').then(|| hex_pair(bytes.get(at + 1..at + 3)?)).flatten();
        match escaped {
            Some(octet) if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) => {
                normal.push(char::from(octet));
            }
            None if byte.is_ascii_graphic() => normal.push(char::from(byte)),
            _ => normal.extend(percent_encoded(escaped.unwrap_or(byte))),
        }
        at += if escaped.is_some() { 3 } else { 1 };
    }
    normal
}

fn percent_encoded(octet: u8) -> [char; 3] {
    let digit =
        |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default().to_ascii_uppercase();
    ['%', digit(octet >> 4), digit(octet & 0xf)]
}

fn hex_pair(pair: &[u8]) -> Option<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let (high, low) = (digit(pair.first()?)?, digit(pair.get(1)?)?);
    u8::try_from(high * 16 + low).ok()
}

/// Whether a pattern matches the beginning of a path; `*` is anything, a final `$` the end.
///
/// Each piece between stars is found at its first place, which is enough for a prefix match; a
/// piece bound to the end is looked for there. So the work is bounded by the product of lengths.
fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, to_the_end) = match pattern.strip_suffix('$') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut pieces = pattern.split('*');
    let Some(mut rest) = path.strip_prefix(pieces.next().unwrap_or_default()) else {
        return false;
    };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, middle)) = pieces.split_last() else {
        return !to_the_end || rest.is_empty();
    };
    for piece in middle {
        match rest.find(piece) {
            Some(place) => rest = &rest[place + piece.len()..],
            None => return false,
        }
    }
    if to_the_end { rest.ends_with(last) } else { rest.contains(last) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(robots: &str, path: &str) -> bool {
        Robots::parse(robots.as_bytes()).allows("Overheard", path)
    }

    #[test]
    fn the_longest_pattern_decides_and_allow_wins_a_tie() {
        let robots =
            "User-agent: *\nDisallow: /news\nAllow: /news/open\nAllow: /page\nDisallow: /page";
        assert!(!allows(robots, "/news/closed"));
        assert!(allows(robots, "/news/open/1"));
        assert!(allows(robots, "/page"));
        assert!(allows(robots, "/other"));
    }

    #[test]
    fn a_star_is_anything_and_a_dollar_the_end() {
        for (pattern, path, hit) in [
            ("/*.pdf$", "/a/b.pdf", true),
            ("/*.pdf$", "/a/b.pdf?x", false),
            ("/*.pdf$", "/a.pdf/b.pdf", true),
            ("/fish*", "/fishheads", true),
            ("/a*b*c", "/a-b-c-d", true),
            ("/a*b*c", "/a-c-b", false),
            ("/$", "/", true),
            ("/$", "/a", false),
            ("*", "/anything", true),
            ("/a$b", "/a$b", true),
            ("/a%24", "/a$b", true),
            ("/a%2Ab", "/a*b", true),
            ("/a%2ab", "/axb", false),
            ("/**x", "/yx", true),
        ] {
            let robots = format!("User-agent: *\nDisallow: {pattern}");
            assert_eq!(allows(&robots, path), !hit, "{pattern} {path}");
        }
    }

    #[test]
    fn an_octet_is_the_same_however_it_is_written() {
        assert!(!allows("User-agent: *\nDisallow: /caf\u{e9}", "/caf%c3%a9"));
        assert!(!allows("User-agent: *\nDisallow: /%7Eada", "/~ada"));
        assert!(!allows("User-agent: *\nDisallow: /a%3cd", "/a%3Cd"));
        // An encoded slash is not a slash.
        assert!(allows("User-agent: *\nDisallow: /a/b", "/a%2Fb"));
        assert!(!allows("User-agent: *\nDisallow: /100%", "/100%"));
    }

    #[test]
    fn groups_that_name_us_are_merged_and_silence_the_star() {
        let robots = "User-agent: overheard/2.0\nDisallow: /a\n\nUser-agent: *\nDisallow: /\n\n\
             User-Agent: Other\nuser-agent: OverHeard\nSitemap: x\nDisallow: /b\n";
        assert!(!allows(robots, "/a"));
        assert!(!allows(robots, "/b"));
        assert!(allows(robots, "/c"));
        assert!(!Robots::parse(robots.as_bytes()).allows("Elsewhere", "/c"));
        // A token is compared whole: neither a part of ours nor a longer one is us.
        assert!(allows("User-agent: over\nDisallow: /", "/"));
        assert!(allows("User-agent: overheard-images\nDisallow: /", "/"));
    }

    #[test]
    fn sitemaps_are_everybodys_end_no_group_and_have_an_end() {
        let robots = "Sitemap: https://a.example/1.xml # all\nUser-agent: Other\nsitemap:/2.xml\n\
             User-agent: overheard\nSitemap:\nDisallow: /a\n";
        let robots = Robots::parse(robots.as_bytes());
        assert_eq!(robots.sitemaps(), ["https://a.example/1.xml", "/2.xml"]);
        assert!(!robots.allows("Other", "/a"), "one group for both");
        let kept = Robots::parse(robots.text_for("overheard", SIZE_LIMIT).unwrap().as_bytes());
        assert_eq!(kept.sitemaps(), robots.sitemaps());
        let many = "Sitemap: /x\n".repeat(1_000);
        assert_eq!(Robots::parse(many.as_bytes()).sitemaps().len(), MOST_SITEMAPS);
    }

    #[test]
    fn what_is_remembered_leaves_sitemaps_out_before_rules() {
        let long = |n| format!("Sitemap: https://a.example/{n}{}\n", "x".repeat(1_500));
        let many: String = (0..MOST_SITEMAPS).map(long).collect();
        let robots = Robots::parse(format!("{many}User-agent: *\nDisallow: /a\n").as_bytes());
        let text = robots.text_for("overheard", 16 * 1024).unwrap();
        assert!(text.len() <= 16 * 1024);
        let kept = Robots::parse(text.as_bytes());
        assert!(!kept.allows("Overheard", "/a"));
        assert!(robots.sitemaps().starts_with(kept.sitemaps()) && kept.sitemaps().len() == 10);
        assert_eq!(robots.text_for("overheard", 20), None);
        let longest = "x".repeat(LONGEST_SITEMAP);
        let two = format!("Sitemap: {longest}\nSitemap: {longest}x\n");
        assert_eq!(Robots::parse(two.as_bytes()).sitemaps(), [longest]);
    }

    #[test]
    fn a_file_that_forbids_nothing_forbids_nothing() {
        for robots in
            ["", "\u{feff}", "Disallow: /", "User-agent: *\nDisallow:", "<html>404</html>"]
        {
            assert!(allows(robots, "/a"), "{robots:?}");
        }
        assert!(allows("User-agent: *\nDisallow: /", "/robots.txt"));
    }

    #[test]
    fn a_byte_order_mark_comments_and_any_line_end_are_read_through() {
        assert!(!allows("\u{feff}User-agent: * # all\rDisallow: /a # b\r\n", "/a"));
    }

    #[test]
    fn what_lies_beyond_the_size_limit_is_not_read() {
        let mut robots = b"User-agent: *\nDisallow: /a\n".to_vec();
        robots.resize(SIZE_LIMIT, b'#');
        robots.extend(b"\nDisallow: /b\n");
        let robots = Robots::parse(&robots);
        assert!(!robots.allows("Overheard", "/a"));
        assert!(robots.allows("Overheard", "/b"));
    }

    #[test]
    fn a_crawl_delay_is_read_where_it_is_a_number() {
        let delay = |value: &str| {
            Robots::parse(format!("User-agent: *\nCrawl-delay: {value}").as_bytes())
                .crawl_delay("Overheard")
        };
        assert_eq!(delay("2.5"), Some(Duration::from_millis(2500)));
        for value in ["", "-1", "soon", "inf", "NaN", "1e300"] {
            assert_eq!(delay(value), None, "{value}");
        }
    }

    #[test]
    fn a_pattern_made_to_explode_does_not() {
        let pattern = "/".to_owned() + &"a*".repeat(5000) + "z$";
        let path = "/".to_owned() + &"a".repeat(6000);
        assert!(allows(&format!("User-agent: *\nDisallow: {pattern}"), &path));
        assert!(!allows(&format!("User-agent: *\nDisallow: {pattern}"), &(path + "z")));
    }
}
