//! The readers' pages.

use std::io::Write as _;

use calcard::icalendar::ICalendar;
use jiff::SignedDuration;
use jiff::civil::Date;
use overheard::digest::Proven;
use overheard::feedback::{Feedback, PointRef, Tap, Way};
use overheard::reader::Reader;
use overheard::source::SourceId;
use overheard::store::Store;
use overheard::views;

use super::browser::Open;
use super::{MARKET, READER, World};

fn said(world: &World) -> Vec<Feedback> {
    world.store.feedback(Date::MIN).unwrap()
}

fn only(world: &World) -> Feedback {
    let mut all = said(world);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

fn point(world: &World) -> PointRef {
    world.digest.pointed().find(|(point, _)| point.block.is_some()).unwrap().0
}

fn news(world: &World) -> PointRef {
    world.digest.pointed().find(|(point, _)| point.block.is_none()).unwrap().0
}

fn reader<'w>(world: &'w World, id: &str) -> &'w Reader {
    world.market.reader(id).unwrap()
}

fn tap(world: &World, tap: Tap) -> String {
    world.links.tap(&world.digest, point(world), tap).unwrap()
}

#[test]
fn a_get_changes_nothing_and_a_post_records() {
    let world = World::new();
    let open = Open::of(&world);
    let used = tap(&world, Tap::Used);
    for _ in 0..2 {
        let seen = open.get(&used);
        assert_eq!((seen.status, seen.body.matches("<button").count()), (200, 1), "{seen:?}");
        assert!(seen.body.contains("Used it?") && seen.body.contains("They rise."));
    }
    assert_eq!(said(&world), []);
    let thanks = open.post(&used, "");
    assert!(thanks.body.contains("Thank you") && thanks.body.contains("Undo"), "{thanks:?}");
    let kept = only(&world);
    assert_eq!((kept.reader.as_str(), kept.tap, kept.way), (READER, Tap::Used, Way::Page));
    assert_eq!(kept.topic.as_deref(), Some("pricing"));
    assert_eq!(kept.sources, ["press".parse::<SourceId>().unwrap()]);
}

#[test]
fn the_newest_answer_stands_and_can_be_taken_back() {
    let world = World::new();
    let open = Open::of(&world);
    open.post(&tap(&world, Tap::Used), "");
    open.post(&tap(&world, Tap::Used), "");
    open.clock.advance(SignedDuration::from_mins(2));
    open.post(&tap(&world, Tap::NotUseful), "");
    open.post(&tap(&world, Tap::HeardToo), "text=");
    let taps: Vec<Tap> = said(&world).iter().map(|of| of.tap).collect();
    assert_eq!(taps, [Tap::NotUseful, Tap::HeardToo], "having heard it, too, replaces nothing");
    // What does not stand any more cannot be taken back.
    open.post(&tap(&world, Tap::Used), "undo=1");
    assert_eq!(said(&world).len(), 2);
    open.post(&tap(&world, Tap::NotUseful), "undo=1");
    assert_eq!(said(&world).len(), 1);
}

#[test]
fn a_page_names_no_reader_and_is_kept_and_framed_by_nobody() {
    let world = World::new();
    let open = Open::of(&world);
    let all = world.links.point(&world.digest, news(&world)).unwrap();
    assert!(!all.contains("ada"), "no id stands in an address: {all}");
    for url in [all, tap(&world, Tap::HeardToo), tap(&world, Tap::Agreed)] {
        let seen = open.get(&url);
        for hidden in ["Ada", "ada-of", "Lovelace", "seller.example", "Ben", "<script", "<img"] {
            assert!(!seen.body.contains(hidden), "{hidden}: {}", seen.body);
        }
        for header in [
            "content-security-policy: default-src 'none'",
            "frame-ancestors 'none'",
            "referrer-policy: no-referrer",
            "x-robots-tag: noindex",
            "cache-control: no-store",
            "x-content-type-options: nosniff",
        ] {
            assert!(seen.head.contains(header), "{header}: {}", seen.head);
        }
        assert!(!seen.head.contains("set-cookie"));
    }
}

#[test]
fn wrong_company_is_for_the_news_of_an_account_only() {
    let world = World::new();
    let open = Open::of(&world);
    let of_news = world.links.tap(&world.digest, news(&world), Tap::WrongCompany).unwrap();
    let seen = open.get(&of_news);
    assert!(seen.body.contains("Told as news of Acme."), "which one it is: {seen:?}");
    assert_eq!(open.post(&of_news, "").status, 200);
    assert_eq!(open.post(&tap(&world, Tap::WrongCompany), "").status, 404);
    let kept = only(&world);
    assert!(kept.account.is_some() && kept.topic.is_none());
}

#[test]
fn a_link_that_is_over_or_made_up_gets_a_plain_sentence() {
    let world = World::new();
    let open = Open::of(&world);
    let used = tap(&world, Tap::Used);
    let (before, token) = used.trim_end_matches("/used").rsplit_once('/').unwrap();
    let changed = format!("{before}/0{}/used", &token[1..]);
    let cut = format!("{before}/{}/used", &token[..20]);
    for url in [&*changed, &*cut, "/p/zz/used", "/p", "/", "/p/../../etc", "/x/y/z/w"] {
        let seen = open.get(url);
        assert_eq!(seen.status, 404, "{url}");
        assert!(seen.body.contains("This link does not work"), "{url}: {}", seen.body);
    }
    // A token for one thing is none for another.
    let feed = world.links.feed(reader(&world, READER)).unwrap();
    let as_end = feed.replace("/f/", "/u/").replace(".atom", "");
    assert_eq!(open.post(&as_end, "").status, 404);
    open.clock.advance(SignedDuration::from_hours(24 * 61));
    let over = open.post(&used, "");
    assert_eq!(over.status, 410);
    assert!(over.body.contains("expired"));
    assert_eq!(said(&world), []);
}

#[test]
fn what_somebody_heard_becomes_a_note_of_our_field_without_a_name() {
    let world = World::new();
    let open = Open::of(&world);
    let url = tap(&world, Tap::HeardToo);
    let form = open.get(&url).body;
    assert!(form.contains("<textarea") && form.contains("<option>Acme</option>"), "{form}");
    let words = "text=Their+bill+doubled+%3Cb%3Etoo%3C%2Fb%3E.&company=Acme";
    assert!(open.post(&url, words).body.contains("Your note is kept"));
    open.post(&url, words);
    let kept = only(&world);
    let note = world.store.post(kept.note.unwrap()).unwrap().unwrap();
    assert_eq!(note.said.text, "Their bill doubled <b>too</b>.");
    assert_eq!(note.said.title.as_deref(), Some("Acme"));
    let author = note.said.author.unwrap();
    assert_eq!(author.name.as_deref(), Some("a colleague"));
    assert!(!author.handle.unwrap().contains("ada"));
    let source = world.market.source(&note.source).unwrap();
    assert_eq!(source.voice.name(), "field");
    // Sent twice it is one; a company that is not theirs is left out.
    assert_eq!(world.store.counts().unwrap().posts, 5);
    open.post(&url, "text=Other+words&company=Globex");
    let kept = only(&world);
    let note = world.store.post(kept.note.unwrap()).unwrap().unwrap();
    assert_eq!(note.said.title, None);
}

#[test]
fn what_is_too_long_or_too_often_is_refused_with_a_sentence() {
    let world = World::new();
    let open = Open::of(&world);
    let url = tap(&world, Tap::HeardToo);
    let long = format!("text={}", "x".repeat(1_001));
    assert_eq!(open.post(&url, &long).status, 413);
    let huge = format!("text={}", "x".repeat(20_000));
    assert_eq!(open.post(&url, &huge).status, 413);
    assert_eq!(open.ask("DELETE", &url, "", "").status, 405);
    assert_eq!(said(&world), []);
    for _ in 0..80 {
        open.get(&url);
    }
    let last = open.get(&url);
    assert_eq!(last.status, 429);
    assert!(last.head.contains("retry-after: 60"));
    // Another link is not held back with it.
    assert_eq!(open.get(&world.links.feed(reader(&world, "ben")).unwrap()).status, 200);
}

#[test]
fn those_who_connect_and_say_nothing_keep_nobody_out() {
    let world = World::new();
    let open = Open::of(&world);
    let mut silent: Vec<_> = (0..100).map(|_| open.connect()).collect();
    silent[0].write_all(b"POST /p/x HTTP/1.1\r\nContent-Len").unwrap();
    assert_eq!(open.get("/healthz").body, "ok\n");
    assert!(open.get("/robots.txt").body.contains("Disallow: /"));
}

#[test]
fn one_click_ends_the_mails_and_another_brings_them_back() {
    let world = World::new();
    let open = Open::of(&world);
    let url = world.links.unsubscribe(READER).unwrap();
    assert_eq!(open.get(&url).body.matches("<button").count(), 1);
    assert_eq!(world.store.unsubscribed().unwrap(), []);
    let seen = open.post(&url, "List-Unsubscribe=One-Click");
    assert_eq!(seen.status, 200);
    assert_eq!(world.store.unsubscribed().unwrap(), [(READER.to_owned(), World::now())]);
    open.post(&url, "undo=1");
    assert_eq!(world.store.unsubscribed().unwrap(), []);
}

#[test]
fn the_digest_is_a_page_for_its_reader() {
    let world = World::new();
    let open = Open::of(&world);
    let seen = open.get(&world.links.page(&world.digest).unwrap());
    assert_eq!(seen.status, 200);
    let shown = views::html(&Proven::claimed(world.digest.clone()), &world.links).unwrap();
    assert_eq!(seen.body, shown);
}

#[test]
fn a_feed_has_an_entry_a_digest_and_answers_a_conditional_get() {
    let world = World::new();
    let open = Open::of(&world);
    let url = world.links.feed(reader(&world, READER)).unwrap();
    let seen = open.get(&url);
    assert!(seen.head.contains("content-type: application/atom+xml"), "{}", seen.head);
    let feed = feed_rs::parser::parse(seen.body.as_bytes()).unwrap();
    assert_eq!(feed.entries.len(), 1);
    let entry = &feed.entries[0];
    assert!(feed.id.starts_with("urn:uuid:") && entry.id.starts_with("urn:uuid:"));
    assert_eq!(entry.title.as_ref().unwrap().content, "Friday 20 November 2026");
    assert!(entry.content.as_ref().unwrap().body.as_ref().unwrap().contains("They rise."));
    let tag = seen.head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    let again = open.ask("GET", &url, &format!("If-None-Match: {tag}\r\n"), "");
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    assert_eq!(open.get(&url).body, seen.body, "the same as long as there is no other digest");
}

#[test]
fn addresses_that_were_renewed_are_the_only_ones_that_lead_anywhere() {
    let told = |renewed: &str| {
        World::of(&MARKET.replacen("accounts =", &format!("{renewed}\naccounts ="), 1))
    };
    let before = told("");
    let (after, later) = (told("renewed = \"2026-11-20\""), told("renewed = \"2026-11-21\""));
    let addresses = |world: &World| {
        let reader = reader(world, READER);
        [world.links.feed(reader).unwrap(), world.links.calendar(reader).unwrap()]
    };
    for world in [&before, &after, &later] {
        let open = Open::of(world);
        for of in [&before, &after, &later] {
            let expected = if std::ptr::eq(of, world) { 200 } else { 404 };
            for address in addresses(of) {
                assert_eq!(open.get(&address).status, expected, "{address}");
            }
        }
    }
}

#[test]
fn a_calendar_has_an_event_a_morning_with_the_digest_in_it() {
    let world = World::new();
    let open = Open::of(&world);
    let seen = open.get(&world.links.calendar(reader(&world, READER)).unwrap());
    assert!(seen.head.contains("content-type: text/calendar"));
    assert!(seen.body.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')));
    let calendar = ICalendar::parse(&seen.body).unwrap();
    let text = format!("{calendar:?}");
    assert!(text.contains("They rise.") && text.contains("OVERHEARD"), "{text}");
    assert_eq!(seen.body.matches("BEGIN:VEVENT").count(), 1);
}

#[test]
fn every_point_of_a_mail_has_its_taps_and_the_same_ones_each_time() {
    let world = World::new();
    let proven = Proven::claimed(world.digest.clone());
    let mail = views::html(&proven, &world.links).unwrap();
    assert_eq!(mail, views::html(&proven, &world.links).unwrap());
    assert_eq!(mail.matches(">Used it<").count(), 2);
    assert_eq!(mail.matches(">Wrong company<").count(), 1);
    assert_eq!(mail.matches(">I heard this too<").count(), 1);
    assert_eq!(mail.matches(">More<").count(), 1, "an account's stand on the page");
    assert!(!views::html(&proven, &views::Links::none()).unwrap().contains("Used it"));
    let text = views::text(&proven, &world.links);
    for (point, _) in world.digest.pointed() {
        assert!(text.contains(&world.links.point(&world.digest, point).unwrap()));
    }
}

#[test]
fn a_post_that_was_erased_takes_what_was_said_of_it_along() {
    use overheard::store::erase::Erasing;
    let world = World::new();
    let open = Open::of(&world);
    open.post(&tap(&world, Tap::Used), "");
    drop(open);
    let gone = [point(&world).post];
    let without = world.digest.without(&gone.into_iter().collect()).unwrap();
    let erasing = Erasing { posts: &gone, signs: &[], digests: &[without], sources: &[] };
    world.store.erase(&erasing, World::now()).unwrap();
    assert_eq!(said(&world), []);
    assert_eq!(world.store.verify().unwrap(), Vec::<String>::new());
}
