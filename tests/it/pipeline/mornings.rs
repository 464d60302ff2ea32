//! A reader's morning: their calendar, and one digest each, whatever the clock does.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use overheard::clock::{Clock as _, FixedClock};
use overheard::config::Market;
use overheard::digest;
use overheard::pipeline::Morning;
use overheard::store::{SledStore, Store};

use super::{Parts, feed_of};
use crate::crawl::server::{Server, answer, ok};

fn market(feed: &str, calendar: &str) -> Parts {
    let toml = format!(
        "[[source]]\nid = \"fine\"\nkind = \"feed\"\nvoice = \"blog\"\nurl = {feed:?}\n\
         [[account]]\nname = \"Acme\"\ndomain = \"acme.example\"\n\
         [[reader]]\nid = \"ada\"\nname = \"Ada\"\nat = \"05:00\"\ntime_zone = \"Europe/Berlin\"\n{calendar}"
    );
    let mut parts = Parts::of(&[]);
    parts.market = Market::parse(&[("mine.toml".into(), toml)]).unwrap();
    parts
}

const CALENDAR: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Secret plan\r\n\
    DTSTART:20260302T090000Z\r\nDTEND:20260302T100000Z\r\n\
    ATTENDEE;CN=Jo Berg:mailto:jo@acme.example\r\nATTENDEE;CN=My Doctor:mailto:doc@gmail.com\r\n\
    END:VEVENT\r\nEND:VCALENDAR\r\n";

fn store(folder: &Path) -> Arc<dyn Store> {
    Arc::new(SledStore::open(&folder.join("store")).unwrap())
}

fn text(folder: &Path, date: &str) -> String {
    let file = folder.join("digests").join(date).join("ada.txt");
    let text = std::fs::read_to_string(file).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_is_fetched_kept_and_used_while_its_address_fails() {
    let fails = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&fails);
    let calendars = Server::start(move |_| {
        if switch.load(Ordering::SeqCst) {
            answer("503 Service Unavailable", &[], b"")
        } else {
            ok(&["Content-Type: text/calendar"], CALENDAR)
        }
    });
    let feed = Server::start(feed_of(3));
    let folder = tempfile::tempdir().unwrap();
    let digests = folder.path().join("digests");
    let secret = calendars.url("/private-0123456789/basic.ics");
    let mut parts = market(&feed.url("/"), &format!("calendar = {secret:?}\n"));
    let store = store(folder.path());
    parts.run(&store, &digests, |_| {}).await.unwrap();
    let today = text(folder.path(), "2026-03-02");
    assert!(today.contains("10:00 Acme, with Jo Berg"), "{today}");
    assert!(!today.contains("Doctor") && !today.contains("Secret"), "{today}");

    fails.store(true, Ordering::SeqCst);
    parts.clock = Arc::new(FixedClock::at("2026-03-03T06:00:00Z".parse().unwrap()));
    let summary = parts.run(&store, &digests, |_| {}).await.unwrap();
    let tomorrow = text(folder.path(), "2026-03-03");
    assert!(tomorrow.contains("Your calendar is that of an earlier day"), "{tomorrow}");
    for shown in [tomorrow, format!("{summary:?} {:?}", parts.market.readers)] {
        assert!(!shown.contains("private-0123456789") && !shown.contains("Doctor"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_that_never_came_or_is_a_sign_in_page_stops_no_digest() {
    let feed = Server::start(feed_of(3));
    let page = Server::start(|_| ok(&["Content-Type: text/html"], "<html>Sign in</html>"));
    for calendar in [
        format!("calendar = {:?}\n", page.url("/a.ics")),
        "calendar = \"http://127.0.0.1:1/a.ics\"\n".to_owned(),
        "calendar = \"no/such/file.ics\"\n".to_owned(),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let parts = market(&feed.url("/"), &calendar);
        let store = store(folder.path());
        parts.run(&store, &folder.path().join("digests"), |_| {}).await.unwrap();
        let said = text(folder.path(), "2026-03-02");
        assert_eq!(said.matches("Your calendar could not be read").count(), 1, "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_clock_does_each_date_has_one_digest_and_it_stays_the_same() {
    let feed = Server::start(feed_of(3));
    let folder = tempfile::tempdir().unwrap();
    let digests = folder.path().join("digests");
    let mut parts = market(&feed.url("/"), "");
    let store = store(folder.path());
    let mut first: Vec<(String, Vec<u8>)> = Vec::new();
    // On to summer time (29 March, two becomes three), back by a day, on again, back to winter time
    // (25 October, three becomes two), and several rounds within one morning.
    for now in [
        "2026-03-28T04:30:00Z",
        "2026-03-29T00:59:00Z",
        "2026-03-29T01:01:00Z",
        "2026-03-29T03:30:00Z",
        "2026-03-28T04:30:00Z",
        "2026-03-29T03:31:00Z",
        "2026-10-25T00:30:00Z",
        "2026-10-25T01:30:00Z",
        "2026-10-25T04:00:00Z",
        "2026-10-25T05:00:00Z",
    ] {
        parts.clock = Arc::new(FixedClock::at(now.parse().unwrap()));
        parts.run(&store, &digests, |_| {}).await.unwrap();
        for (reader, date) in store.claims().unwrap() {
            let file = digests.join(date.to_string()).join("ada.html");
            let bytes = std::fs::read(file).unwrap();
            match first.iter().find(|(known, _)| *known == date.to_string()) {
                Some((_, known)) => assert_eq!(known, &bytes, "{reader} {date} at {now}"),
                None => first.push((date.to_string(), bytes)),
            }
        }
    }
    let dates: Vec<&str> = first.iter().map(|(date, _)| date.as_str()).collect();
    assert_eq!(dates, ["2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25"]);
}

/// A feed of posts with these numbers.
fn feed(numbers: std::ops::Range<usize>) -> String {
    let items = numbers
        .map(|n| format!("<item><guid>g{n}</guid><title>Post {n} of a long row</title></item>"));
    let items = items.collect::<Vec<_>>().concat();
    format!("<rss version=\"2.0\"><channel><title>Blog</title>{items}</channel></rss>")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_remembered_where_what_came_after_it_does_not_reach_back() {
    for (after, outages) in [(feed(2..5), 0), (feed(50..55), 1)] {
        let round = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let at = Arc::clone(&round);
        let server = Server::start(move |_| match at.load(Ordering::SeqCst) {
            0 => ok(&["Content-Type: application/rss+xml"], &feed(0..3)),
            1 => answer("500 Internal Server Error", &[], b""),
            _ => ok(&["Content-Type: application/rss+xml"], &after),
        });
        let folder = tempfile::tempdir().unwrap();
        let mut parts = market(&server.url("/"), "");
        let store = store(folder.path());
        for (number, now) in
            ["2026-03-02T06:00:00Z", "2026-03-04T06:00:00Z", "2026-03-08T06:00:00Z"]
                .iter()
                .enumerate()
        {
            round.store(number, Ordering::SeqCst);
            parts.clock = Arc::new(FixedClock::at(now.parse().unwrap()));
            parts.run(&store, &folder.path().join("digests"), |_| {}).await.unwrap();
        }
        let memory = store.memory(&"fine".parse().unwrap()).unwrap().unwrap();
        let kept: Vec<String> =
            memory.outages.iter().map(|o| format!("{} {}", o.from, o.until)).collect();
        assert_eq!(memory.failures, 0);
        assert_eq!(kept.len(), outages, "{kept:?}");
        assert!(kept.iter().all(|o| o.starts_with("2026-03-02T06") && o.contains("2026-03-08T06")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn digests_made_side_by_side_are_those_each_reader_would_get_alone() {
    let feed = Server::start(|_| ok(&["Content-Type: application/rss+xml"], &yesterday()));
    let mut toml = format!(
        "[[source]]\nid = \"fine\"\nkind = \"feed\"\nvoice = \"blog\"\nurl = {:?}\n\
         [[topic]]\nname = \"cloud cost\"\ndescription = \"Bills\"\n\
         [[topic]]\nname = \"hiring\"\ndescription = \"Jobs\"\n",
        feed.url("/")
    );
    // Three mornings, two of one date, and readers of different topics at each.
    for number in 0..9 {
        let zone = ["Europe/Berlin", "UTC", "Asia/Tokyo"][number % 3];
        let topics = if number % 2 == 0 { "" } else { "topics = [\"cloud cost\"]\n" };
        write!(
            toml,
            "[[reader]]\nid = \"reader-{number}\"\nname = \"Reader {number}\"\nat = \"05:00\"\n\
             time_zone = {zone:?}\n{topics}"
        )
        .unwrap();
    }
    let parts = Parts::of_market(Market::parse(&[("mine.toml".into(), toml)]).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let summary = parts.run(&store, &folder.path().join("digests"), |_| {}).await.unwrap();

    let readers = &parts.market.readers;
    let told: Vec<&str> = summary.digests.iter().map(|written| written.reader.as_str()).collect();
    let ids: Vec<&str> = readers.iter().map(|reader| reader.id.as_str()).collect();
    assert_eq!(told, ids, "in the order of the market");
    let morning = Morning { market: &parts.market, store: &*store, silent: &[], calendars: None };
    let mut points = 0;
    for reader in readers {
        let date = digest::morning(reader, parts.clock.now());
        let kept = store.digest(&reader.id, date).unwrap().unwrap();
        let alone = morning.preview(reader, date, kept.made).unwrap();
        assert_eq!(&kept, alone.digest(), "{}", reader.id);
        points += kept.blocks.iter().map(|block| block.points.len()).sum::<usize>();
    }
    assert!(points >= readers.len(), "{points} points for {} readers", readers.len());
}

/// A feed of what was said on the day before.
fn yesterday() -> String {
    let said = ["Our bills doubled this year.", "We cut our bills in half by moving two servers."];
    let items = said.iter().enumerate().fold(String::new(), |mut items, (n, said)| {
        let link = format!("https://blog.example/{n}");
        write!(
            items,
            "<item><guid>{link}</guid><link>{link}</link><title>Post {n}</title>\
             <pubDate>Sun, 01 Mar 2026 0{n}:00:00 GMT</pubDate><description>{said}</description></item>"
        )
        .unwrap();
        items
    });
    format!("<rss version=\"2.0\"><channel><title>Blog</title>{items}</channel></rss>")
}
