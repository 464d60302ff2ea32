//! The reports, from a store.

use std::path::PathBuf;

use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use overheard::config::Market;
use overheard::delivery::{Delivery, DeliveryId};
use overheard::digest::{Citation, Digest};
use overheard::feedback::{Tap, Way};
use overheard::pipeline::HearBack;
use overheard::pipeline::reporting::Reporting;
use overheard::source::{Owner, SourceId, Voice};
use overheard::store::Store;
use overheard::views::report::Report;
use overheard::visit::{Memory, Outcome, Visit};

use super::{READER, World};

static UTC: TimeZone = TimeZone::UTC;

fn reporting(world: &World) -> Reporting<'_> {
    Reporting { market: &world.market, store: &*world.store, zone: &UTC }
}

fn tap_all(world: &World, tap: Tap) {
    let hear_back = HearBack { store: &*world.store, at: World::now(), way: Way::Page };
    for named in world.digest.pointed() {
        let feedback = hear_back.feedback(&world.digest, named, tap).unwrap();
        world.store.hear_back(&feedback).unwrap();
    }
}

#[test]
fn a_week_says_what_was_used_by_whom_and_who_is_not_reached() {
    let world = World::new();
    let reporting = reporting(&world);
    let before = reporting.week(date(2026, 11, 16)).unwrap();
    assert_eq!((before.digests, before.points, before.used.len()), (1, 2, 0));
    assert_eq!(before.unused.len(), 2);
    tap_all(&world, Tap::Agreed);
    let week = reporting.week(date(2026, 11, 16)).unwrap();
    assert_eq!(week.used.len(), 2);
    assert!(week.used.iter().all(|point| point.by == ["Ada Lovelace"] && point.agreed == 1));
    assert_eq!(week.unused, []);
    let [ben] = week.not_reached.as_slice() else { panic!("{:?}", week.not_reached) };
    assert_eq!((ben.reader.as_str(), ben.why.as_str()), ("Ben", "got no digest this week"));
    assert!(week.topics.iter().any(|of| of.topic == "pricing" && of.weight > 1.0));
    // Another week has none of it.
    assert_eq!(reporting.week(date(2026, 11, 9)).unwrap().digests, 0);

    let report = Report::of_week(&week);
    let (text, page) = (report.text(), report.html().unwrap());
    for words in ["Ada Lovelace", "They rise.", "got no digest this week"] {
        assert!(text.contains(words) && page.contains(words), "{words}\n{text}");
    }
    for forbidden in ["<script", "<img", "http://", "@import"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn before_the_first_digest_nobody_missed_one() {
    let world = World::new();
    let week = reporting(&world).week(date(2019, 12, 30)).unwrap();
    assert_eq!((week.not_reached.len(), week.began), (0, Some(world.digest.date)));
    let text = Report::of_week(&week).text();
    let title = "Week of 30 December 2019 to 5 January 2020\nNo digest was made by then: the first is of 20 November 2026.";
    assert!(text.starts_with(title), "{text}");
}

#[test]
fn whoever_a_digest_did_not_arrive_at_is_not_reached_and_the_report_says_why() {
    let world = World::new();
    let id = DeliveryId {
        date: world.digest.date,
        reader: world.digest.reader.clone(),
        channel: "mail".to_owned(),
    };
    let waiting = Delivery::new(id, World::now(), World::now());
    world.store.dispatch(std::slice::from_ref(&waiting)).unwrap();
    let reporting = reporting(&world);
    let not_reached = || reporting.week(date(2026, 11, 16)).unwrap().not_reached;
    assert!(!not_reached().iter().any(|of| of.reader == "Ada Lovelace"), "it is on its way");
    let sending = waiting.sending("<1@overheard>", World::now());
    let dead = sending.refused("550 no such user".to_owned(), World::now());
    assert!(world.store.advance(&waiting, &sending).unwrap());
    assert!(world.store.advance(&sending, &dead).unwrap());
    let ada = not_reached().into_iter().find(|of| of.reader == "Ada Lovelace").unwrap();
    assert!(
        ada.why.contains("1 digest did not arrive by mail (550 no such user)")
            && ada.why.contains("overheard deliveries --dead"),
        "{}",
        ada.why
    );
}

#[test]
fn a_wrong_company_is_listed_with_the_command_that_says_why() {
    let world = World::new();
    tap_all(&world, Tap::WrongCompany);
    let reporting = reporting(&world);
    let week = reporting.week(date(2026, 11, 16)).unwrap();
    let [wrong] = week.wrong.as_slice() else { panic!("{:?}", week.wrong) };
    assert_eq!(wrong.readers, 1);
    let text = Report::of_week(&week).text();
    assert!(text.contains(&format!("overheard why {}", &wrong.post.to_string()[..8])), "{text}");
}

#[test]
fn a_month_thanks_by_name_and_counts_nobody_alone() {
    let world = World::new();
    tap_all(&world, Tap::Used);
    tap_all(&world, Tap::HeardToo);
    let reporting = reporting(&world);
    let month = reporting.month(date(2026, 11, 1)).unwrap();
    assert_eq!((month.topics.len(), month.uses), (0, 0));
    assert!(month.contributors.is_empty() && month.are_few, "one is too few to be named");
    let text = Report::of_month(&month).text();
    assert!(text.contains("nobody is singled out") && !text.contains("Ada Lovelace"), "{text}");
    assert_eq!(reporting.month(date(2026, 10, 1)).unwrap().contributors, Vec::<String>::new());
}

/// Tells what so many owners say, and so many deny, on a date.
fn tell(world: &World, on: &str, say: std::ops::Range<usize>, deny: usize) -> Digest {
    let mut digest = world.digest.clone();
    digest.date = on.parse().unwrap();
    let evidence = &mut digest.blocks[0].points[0].evidence;
    evidence.owners = say.map(|n| Owner::named(&format!("says-{n}.example"))).collect();
    evidence.dissenting = (0..deny).map(|n| Owner::named(&format!("denies-{n}.example"))).collect();
    digest.citations = vec![Citation {
        post: digest.blocks[0].points[0].claim.post,
        url: Some("https://says-0.example/claim".to_owned()),
        title: "They rise.".to_owned(),
        speaker: "Grace (says-0.example)".to_owned(),
        owner: Owner::named("says-0.example"),
        voice: Voice::Press,
        when: World::now(),
    }];
    world.store.claim(&digest).unwrap();
    digest
}

#[test]
fn a_topic_on_which_more_voices_disagree_than_before_is_worth_a_survey() {
    let world = World::new();
    let reporting = reporting(&world);
    let disputed = || reporting.week(date(2026, 11, 16)).unwrap().disputed;
    tell(&world, "2026-11-18", 0..6, 3);
    assert_eq!(disputed(), [], "nothing is known of before");
    tell(&world, "2026-11-04", 0..5, 1);
    // The same voices on another day of the week are no more voices.
    tell(&world, "2026-11-17", 0..6, 3);
    let [row] = disputed().try_into().unwrap();
    let voices = (row.against, row.voices, row.against_before, row.voices_before);
    // The one who speaks in the world's own digest is among those of the week.
    let own = &world.digest.blocks[0].points[0].evidence.owners;
    assert_eq!(voices, (3, 9 + own.len(), 1, 6));
    let text = Report::of_week(&reporting.week(date(2026, 11, 16)).unwrap()).text();
    assert!(text.contains("are against what most say; in the four weeks before 1 of 6"), "{text}");
    // Where as many disagreed before, nothing rises.
    tell(&world, "2026-11-05", 0..5, 5);
    assert_eq!(disputed(), []);
}

#[test]
fn a_month_tells_once_what_three_or_more_say_with_a_link_and_nothing_of_whom_it_was_told_to() {
    let world = World::new();
    let reporting = reporting(&world);
    let said = || reporting.month(date(2026, 11, 1)).unwrap().said;
    assert_eq!(said(), [], "what two say is left out");
    tell(&world, "2026-11-17", 0..3, 0);
    let most = tell(&world, "2026-11-18", 0..6, 2);
    let [of] = said().try_into().unwrap();
    assert_eq!((of.told, of.point.evidence.owners.len()), (most.date, 6));
    assert_eq!((of.point.why_you.as_str(), of.point.rank.len()), ("", 0));
    let month = reporting.month(date(2026, 11, 1)).unwrap();
    let (text, page) = (Report::of_month(&month).text(), Report::of_month(&month).html().unwrap());
    for words in ["WHAT OTHERS SAY", "They rise.", "6 independent voices", "2 are against it"] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    let url = of.by.url.unwrap();
    assert!(text.contains(&url) && page.contains(&format!("href=\"{url}\"")), "{text}");
    assert!(!text.contains("Ada Lovelace") && !page.contains(READER), "{text}");
    assert_eq!(reporting.month(date(2026, 10, 1)).unwrap().said, []);
}

#[test]
fn days_of_a_report_begin_by_its_clock_and_a_cost_that_is_not_all_remembered_says_so() {
    let world = World::new();
    let source: SourceId = "busy-feed".parse().unwrap();
    let feed = format!(
        "[[source]]\nid = \"{source}\"\nkind = \"feed\"\nvoice = \"press\"\nurl = \"https://busy.example/feed\"\n"
    );
    let market = Market::parse(&[(PathBuf::from("m.toml"), feed)]).unwrap();
    let visit_at = |at: Timestamp| {
        let (source, outcome) = (source.clone(), Outcome::Unchanged);
        let visit = Visit { source: source.clone(), at, requests: 1, bytes: 10, outcome };
        let memory = Memory { last: Some(visit), ..Memory::default() };
        world.store.remember(&[(source, memory)]).unwrap();
    };
    let cost = |zone: &str| {
        let zone = TimeZone::get(zone).unwrap();
        let reporting = Reporting { market: &market, store: &*world.store, zone: &zone };
        reporting.week(date(2026, 11, 16)).unwrap().sources[0].cost
    };
    // Monday in Auckland, Sunday in Berlin.
    visit_at("2026-11-15T20:00:00Z".parse().unwrap());
    assert_eq!((cost("Pacific/Auckland").requests, cost("Europe/Berlin").requests), (1, 0));
    for n in 0..300 {
        visit_at(World::now() + SignedDuration::from_mins(n));
    }
    let of_week = cost("Europe/Berlin");
    assert_eq!((of_week.requests, of_week.at_least), (200, true), "what is remembered");
    let zone = TimeZone::UTC;
    let reporting = Reporting { market: &market, store: &*world.store, zone: &zone };
    let text = Report::of_week(&reporting.week(date(2026, 11, 16)).unwrap()).text();
    assert!(text.contains("200+") && text.contains("more visits than are remembered"), "{text}");
}
