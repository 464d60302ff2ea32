//! Evidence, not counts.

use std::collections::BTreeSet;

use jiff::civil::date;
use overheard::digest::{
    AccountNews, Digest, Direction, Point, Proven, Strength, refuse_unsaid, window,
};
use overheard::post::Relation;
use overheard::source::{Knowledge, Voice};
use overheard::verdict::SentimentLabel;
use proptest::prelude::*;

use super::market::{Market, TODAY, busy, mara};

fn point<'d>(digest: &'d Digest, topic: &str) -> &'d Point {
    let public = digest.blocks.iter().find(|block| block.knowledge == Knowledge::Public).unwrap();
    public.points.iter().find(|point| point.topic == topic).unwrap()
}

fn owners(point: &Point) -> Vec<&str> {
    point.evidence.owners.iter().map(overheard::source::Owner::as_str).collect()
}

#[test]
fn a_wire_story_reprinted_nine_times_is_one_voice() {
    let market = busy();
    let digest = market.digest();
    let evidence = &point(&digest, "cloud cost").evidence;
    assert_eq!(
        owners(point(&digest, "cloud cost")),
        [
            "dailyrack.example",
            "gridview.example",
            "harborpost.example",
            "millbrook.example",
            "tannery.example",
            "thewire.example"
        ]
    );
    assert_eq!(evidence.voices, [(Voice::Press, 3), (Voice::Customer, 2), (Voice::Analyst, 1)]);
    assert_eq!(evidence.strength, Strength::Pattern);
    assert!(evidence.stories.iter().any(|story| story.len() == 10));
}

#[test]
fn who_denies_the_claim_is_dissent_and_no_support() {
    let market = busy();
    let digest = market.digest();
    let point = point(&digest, "cloud cost");
    assert_eq!(point.evidence.dissenting.len(), 1);
    assert!(point.dissent.as_ref().unwrap().text.contains("overblown"));
    assert!(!owners(point).contains(&"oakline.example"));
}

#[test]
fn a_boost_adds_no_voice() {
    let market = busy();
    let digest = market.digest();
    assert_eq!(
        owners(point(&digest, "on-call")),
        ["nightshift.example", "pagerdiary.example", "ruth@social.example"]
    );
}

#[test]
fn a_quote_of_somebody_unheard_adds_no_voice() {
    let mut market = busy();
    market
        .say(
            "commons",
            1,
            1,
            "So true, on-call nights have to be paid or people will simply leave.",
        )
        .about("on-call")
        .by("Ann")
        .relation(Relation::Quote("https://elsewhere.example/1".to_owned()));
    assert_eq!(point(&market.digest(), "on-call").evidence.owners.len(), 3);
}

#[test]
fn more_than_before_is_up_and_a_source_new_to_us_makes_no_trend() {
    let mut market = busy();
    let trend = point(&market.digest(), "cloud cost").evidence.trend.clone();
    assert_eq!((trend.direction, trend.now, trend.before), (Direction::Up, 6, 3));
    assert_eq!(trend.counted.len(), 6);
    for n in 0..6 {
        let name = format!("newcomer{n}");
        market.source(&name, Voice::Blog);
        let text =
            format!("Number {n} among newcomers writes that on-call nights of kind {n} are hard.");
        market.say(&name, 1, 1, &text).about("on-call");
    }
    let trend = point(&market.digest(), "on-call").evidence.trend.clone();
    assert_eq!((trend.direction, trend.now), (Direction::New, 3));
}

#[test]
fn without_a_baseline_it_is_too_early_to_say() {
    let mut market = busy();
    market.posts.retain(|spoken| spoken.post.when() >= window(&mara(), TODAY).from);
    assert_eq!(point(&market.digest(), "cloud cost").evidence.trend.direction, Direction::TooEarly);
    assert!(market.digest().rising.is_empty());
}

#[test]
fn kinds_of_knowledge_never_mix() {
    let market = busy();
    let digest = market.digest();
    for block in &digest.blocks {
        for post in block.points.iter().flat_map(|point| point.evidence.stories.iter().flatten()) {
            assert_eq!(digest.citation(*post).unwrap().voice.knowledge(), block.knowledge);
        }
    }
    assert_eq!(digest.blocks.len(), 4);
}

#[test]
fn a_survey_comes_with_how_many_were_asked() {
    let digest = busy().digest();
    let block = digest.blocks.iter().find(|block| block.knowledge == Knowledge::Survey).unwrap();
    assert_eq!(block.points[0].quotes[0].text, "We asked 412 buyers, 31 percent answered.");
}

#[test]
fn accounts_come_with_their_signals_first() {
    let digest = busy().digest();
    assert_eq!(digest.accounts[0].account, "Halden Freight");
    assert_eq!(digest.accounts[0].signals, ["funding"]);
    assert!(digest.accounts[0].sentence.text.starts_with("Halden Freight has raised"));
    assert_eq!(digest.accounts[1].account, "Quillon Bank");
}

#[test]
fn what_was_told_does_not_return_unless_it_moved() {
    let mut market = busy();
    let told = market.digest().told();
    let tomorrow = TODAY.tomorrow().unwrap();
    let again = market.digest_for(&mara(), tomorrow, &told);
    assert!(!again.is_solid(), "{again:#?}");
    assert!(market.digest_for(&mara(), TODAY, &told).is_solid(), "the same day is made again");

    for (name, text) in [
        ("latecomer", "Our egress fees went up by a third since June, and we are a tiny shop."),
        ("straggler", "Finance stopped two of our projects because of what egress fees would add."),
    ] {
        market.source(name, Voice::Customer);
        market.say(name, -1, 0, text).about("cloud cost").feeling(SentimentLabel::Negative);
    }
    let moved = market.digest_for(&mara(), tomorrow, &told);
    let point = point(&moved, "cloud cost");
    assert_eq!(
        point.moved.as_deref(),
        Some("2 more voices since Friday 20 November: 6 then, 8 now")
    );
}

#[test]
fn a_voice_from_before_the_last_digest_moves_nothing() {
    let mut market = busy();
    let told = market.digest().told();
    market.source("overlooked", Voice::Customer);
    let text = "Egress fees ate our savings, and our board asks what we are going to do about it.";
    market.say("overlooked", 1, 0, text).about("cloud cost").feeling(SentimentLabel::Negative);
    let text =
        "Not everybody suffers: talk of egress fees is overblown, ours are a rounding error.";
    market.say("overlooked", 1, 1, text).about("on-call").feeling(SentimentLabel::Negative);
    let text = "Quillon Bank closes its branch systems on Sundays, and we stood before the door.";
    market.say("overlooked", 1, 3, text).naming("Quillon Bank", "Quillon Bank");
    let again = market.digest_for(&mara(), TODAY.tomorrow().unwrap(), &told);
    assert!(!again.is_solid(), "{again:#?}");
}

#[test]
fn the_first_voice_against_is_news_only_when_it_spoke_since() {
    for (days, moved) in
        [(1, None), (-1, Some("the first voice against it since Friday 20 November"))]
    {
        let mut market = busy();
        let told = market.digest().told();
        market.source("contrary", Voice::Blog);
        let text =
            "The talk about on-call nights is overblown: engineers are paged less than ever.";
        market.say("contrary", days, 1, text).about("on-call");
        let again = market.digest_for(&mara(), TODAY.tomorrow().unwrap(), &told);
        let points = again.blocks.iter().flat_map(|block| &block.points);
        let found: Vec<_> = points.map(|point| point.moved.as_deref()).collect();
        assert_eq!(found.first().copied().flatten(), moved, "{again:#?}");
    }
}

#[test]
fn the_other_side_of_a_told_dispute_is_not_told_again() {
    let mut market = busy();
    let told = market.digest().told();
    // One more supporter, grouped apart but answered by the same denial.
    market.source("apart", Voice::Press);
    let text = "Egress fees overran the budget of every firm that we called in the last month.";
    market.say("apart", 1, 0, text).about("cloud cost");
    let denial = market.posts.iter().find(|p| {
        p.post.source.as_str() == "oakline" && p.post.when() > window(&mara(), TODAY).from
    });
    let denial = denial.unwrap().clone();
    market.posts.retain(|p| p.post.source.as_str() == "apart" || p.post.id == denial.post.id);
    let tomorrow = TODAY.tomorrow().unwrap();
    assert_eq!(market.digest_for(&mara(), tomorrow, &[]).blocks.len(), 1);
    let again = market.digest_for(&mara(), tomorrow, &told);
    assert!(again.blocks.is_empty(), "{again:#?}");
}

#[test]
fn a_steady_source_is_not_up_beside_sources_heard_for_longer() {
    let mut market = Market::silent();
    for number in 0..12 {
        let name = format!("unrelated{number}");
        market.source(&name, Voice::Press);
        market.say(&name, 34, 40, "A quiet week with little to tell from our corner of the world.");
    }
    market.source("daily", Voice::Blog);
    for day in 0..16 {
        let text =
            format!("Day {day} of the diary: egress fees of kind {day} came to {day} euros.");
        market.say("daily", day, 0, &text).about("cloud cost");
    }
    let trend = point(&market.digest(), "cloud cost").evidence.trend.clone();
    assert_eq!((trend.direction, trend.now, trend.before), (Direction::Steady, 7, 9));
    assert!((1.1..1.3).contains(&trend.baseline_windows), "{trend:?}");
}

#[test]
fn new_is_said_only_by_those_who_had_time_to_say_it_before() {
    let mut market = Market::silent();
    market.source("elder", Voice::Press);
    market.say("elder", 34, 40, "A quiet week with little to tell from our corner of the world.");
    market.source("recent", Voice::Blog);
    market.say("recent", 15, 41, "Hello from a new blog that has little to tell as yet.");
    let text = "Egress fees are the largest line of our bill, and we cannot explain them.";
    market.say("recent", 1, 0, text).about("cloud cost");
    let direction =
        |market: &Market| point(&market.digest(), "cloud cost").evidence.trend.direction;
    assert_eq!(direction(&market), Direction::TooEarly);
    for text in
        ["Our egress fees doubled in a single quarter.", "Nobody plans for egress fees, we find."]
    {
        market.say("elder", 1, 0, text).about("cloud cost");
    }
    assert_eq!(direction(&market), Direction::New);
}

#[test]
fn a_press_article_and_five_who_submit_it_are_one_voice() {
    let mut market = Market::silent();
    market.source("dailyrack", Voice::Press);
    market.source("commons", Voice::Social);
    let headline = "Egress fees double at Stratos Cloud";
    let text = "Egress fees at Stratos Cloud rise from four to eight cents a gigabyte in January.";
    market.say("dailyrack", 2, 0, text).about("cloud cost").titled(headline);
    let article = market.posts[0].post.said.url.clone().unwrap();
    for (number, days) in [3, 1, 1].into_iter().enumerate() {
        // A bot may be quicker than the clock of the site.
        let link = format!("{article}?utm_source=bot{number}");
        let bot = market.say("commons", days, 0, &format!("{headline} dailyrack.example/… #cloud"));
        bot.about("cloud cost").by(&format!("Bot{number}"));
        bot.post.said.html = Some(format!("<p>{headline} <a href=\"{link}\">dailyrack…</a></p>"));
    }
    let long = "Egress fees double at Stratos Cloud, and nobody there could tell us why they do";
    market.posts[0].post.said.title = Some(long.to_owned());
    market.say("commons", 1, 0, &format!("{long}: {article}")).about("cloud cost").by("Ann");
    market
        .say("commons", 1, 0, headline)
        .about("cloud cost")
        .by("Ben")
        .relation(Relation::Boost(article.clone()));
    let digest = market.digest();
    assert_eq!(owners(point(&digest, "cloud cost")), ["dailyrack.example"]);
    assert_eq!(point(&digest, "cloud cost").evidence.stories[0].len(), 6);

    let text = format!(
        "We pay twice what we paid in spring for egress, and finance is furious. {article}"
    );
    market.say("commons", 1, 0, &text).about("cloud cost").by("Eve");
    let digest = market.digest();
    assert_eq!(owners(point(&digest, "cloud cost")), ["dailyrack.example", "eve@social.example"]);
}

#[test]
fn an_owner_is_on_the_side_of_its_latest_story() {
    for (days, sides) in [(0, (6, 1)), (6, (7, 0))] {
        let mut market = busy();
        let text = "Our egress fees are up by a half since the summer, whatever we try to do.";
        let said = market.say("oakline", 3, 0, text).about("cloud cost");
        said.feeling(SentimentLabel::Negative);
        let denial = market.posts.iter_mut().find(|p| p.post.said.text.contains("overblown"));
        denial.unwrap().post.said.published = Some(super::market::days_ago(days));
        let digest = market.digest();
        let evidence = &point(&digest, "cloud cost").evidence;
        assert_eq!((evidence.owners.len(), evidence.dissenting.len()), sides);
        let oakline = evidence.dissenting.iter().any(|owner| owner.as_str() == "oakline.example");
        assert_eq!(oakline, days == 0);
        every_number_can_be_recounted(&market, &digest);
    }
}

#[test]
fn those_who_denied_the_claim_before_are_no_baseline_of_it() {
    let mut market = busy();
    for (source, days) in [("tannery", 19), ("stratos", 22), ("harborpost", 24), ("thewire", 25)] {
        let text =
            format!("In {source} we disagree that egress fees rise: the panic is overblown.");
        market.say(source, days, 0, &text).about("cloud cost");
    }
    let trend = point(&market.digest(), "cloud cost").evidence.trend.clone();
    assert_eq!((trend.now, trend.before), (6, 3));
}

#[test]
fn a_reversal_in_another_matter_is_no_dissent() {
    let mut market = busy();
    let text =
        "Our egress fees doubled over the summer. Two of our stores went back to paper meanwhile.";
    market.source("paperback", Voice::Customer);
    market.say("paperback", 1, 0, text).about("cloud cost").feeling(SentimentLabel::Negative);
    let text = "We paid so much that we went back to egress fees of our own cloud, which are half.";
    market.source("returner", Voice::Customer);
    market.say("returner", 1, 0, text).about("cloud cost").feeling(SentimentLabel::Negative);
    let digest = market.digest();
    let against = &point(&digest, "cloud cost").evidence.dissenting;
    let against: Vec<_> = against.iter().map(overheard::source::Owner::as_str).collect();
    assert_eq!(against, ["oakline.example", "returner.example"]);
}

#[test]
fn account_news_is_told_in_a_sentence_that_says_something() {
    let mut market = busy();
    market.source("halden", Voice::Vendor);
    market
        .say(
            "halden",
            3,
            2,
            "Today Halden Freight announces its 60 million dollar round, with joy.",
        )
        .about("funding")
        .naming("Halden Freight", "Halden Freight")
        .titled("We raised it");
    let press = |market: &Market| market.digest().accounts[0].sentence.text.clone();
    assert!(
        press(&market).starts_with("Halden Freight has raised 60 million"),
        "{}",
        press(&market)
    );
    market.posts.retain(|p| {
        p.post.source.as_str() != "harborpost" || p.post.when() < window(&mara(), TODAY).from
    });
    assert!(press(&market).starts_with("Today Halden Freight announces"), "{}", press(&market));
}

#[test]
fn news_of_an_account_counts_what_is_felt_towards_it_and_not_in_general() {
    let mut market = busy();
    for (name, text) in [
        (
            "fans",
            "We are glad that we left the Quillon Bank mobile app for one in which payments work.",
        ),
        (
            "friends",
            "Leaving the Quillon Bank mobile app was a pleasure for all 12 of us at the office.",
        ),
        (
            "guests",
            "Since we dropped the Quillon Bank mobile app our payments arrive within 2 seconds.",
        ),
    ] {
        market.source(name, Voice::Blog);
        market.say(name, 34, 40, "A quiet week with little to tell from our corner of the world.");
        market
            .say(name, 1, 9, text)
            .naming("Quillon Bank", "Quillon Bank")
            .towards(SentimentLabel::Negative)
            .feeling(SentimentLabel::Positive);
    }
    let digest = market.digest();
    let of_fans =
        |news: &&AccountNews| news.owners.iter().any(|owner| owner.as_str() == "fans.example");
    let news = digest.accounts.iter().find(of_fans).unwrap();
    assert_eq!((news.positive, news.negative), (0, 3), "{news:#?}");
}

#[test]
fn news_of_an_account_shows_the_contrary_voice_beside_the_others() {
    let mut market = busy();
    for (name, feeling, text) in [
        (
            "fans",
            SentimentLabel::Positive,
            "The Quillon Bank mobile app has become a pleasure to use in every branch we visited.",
        ),
        (
            "friends",
            SentimentLabel::Positive,
            "We are glad that the Quillon Bank mobile app now answers within 2 seconds.",
        ),
        (
            "critic",
            SentimentLabel::Negative,
            "The Quillon Bank mobile app is not usable at all and lost our payments twice.",
        ),
    ] {
        market.source(name, Voice::Blog);
        market.say(name, 34, 40, "A quiet week with little to tell from our corner of the world.");
        market.say(name, 1, 9, text).naming("Quillon Bank", "Quillon Bank").feeling(feeling);
    }
    let digest = market.digest();
    let news = digest.accounts.iter().find(|news| news.owners.len() == 2).unwrap();
    assert_eq!((news.positive, news.negative), (2, 1), "{news:#?}");
    let against: Vec<_> = news.dissenting.iter().map(overheard::source::Owner::as_str).collect();
    assert_eq!(against, ["critic.example"]);
    assert!(news.dissent.as_ref().unwrap().text.contains("not usable at all"), "{news:#?}");
    every_number_can_be_recounted(&market, &digest);

    let proven = Proven::of(digest, |id| market.post(id)).unwrap();
    let text = overheard::views::text(&proven);
    for view in
        [text, overheard::views::markdown(&proven), overheard::views::html(&proven).unwrap()]
    {
        for expected in ["2 speak well of it, 1 badly", "Not everyone agrees", "usable at all"] {
            assert!(view.contains(expected), "{expected} is missing in:\n{view}");
        }
    }
}

#[test]
fn news_that_nobody_contradicts_counts_no_sides() {
    let digest = busy().digest();
    for news in &digest.accounts {
        assert!(news.dissent.is_none() && news.dissenting.is_empty(), "{news:#?}");
    }
}

#[test]
fn the_window_is_seven_days_by_the_readers_clock_in_summer_and_winter() {
    let hours = |day| {
        let window = window(&mara(), day);
        window.until.duration_since(window.from).as_hours()
    };
    assert_eq!(hours(date(2026, 11, 20)), 168);
    assert_eq!(hours(date(2026, 10, 27)), 169);
    assert_eq!(hours(date(2026, 3, 31)), 167);
    assert_eq!(window(&mara(), date(2026, 7, 1)).until.to_string(), "2026-07-01T05:00:00Z");
}

#[test]
fn a_digest_survives_being_kept() {
    let digest = busy().digest();
    let json = serde_json::to_string(&digest).unwrap();
    assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
    let bytes = rmp_serde::to_vec_named(&digest).unwrap();
    assert_eq!(rmp_serde::from_slice::<Digest>(&bytes).unwrap(), digest);
}

#[track_caller]
fn every_number_can_be_recounted(market: &Market, digest: &Digest) {
    refuse_unsaid(digest, |id| market.post(id)).unwrap();
    for point in digest.blocks.iter().flat_map(|block| &block.points) {
        let evidence = &point.evidence;
        let leads = || evidence.stories.iter().map(|story| digest.citation(story[0]).unwrap());
        let owners: BTreeSet<_> = leads().map(|lead| lead.owner.clone()).collect();
        assert_eq!(owners.iter().collect::<Vec<_>>(), evidence.owners.iter().collect::<Vec<_>>());
        let voices: u32 = evidence.voices.iter().map(|(_, owners)| owners).sum();
        assert_eq!(voices as usize, evidence.owners.len());
        assert_eq!(
            (evidence.positive + evidence.neutral + evidence.negative) as usize,
            owners.len()
        );
        let against: BTreeSet<_> = evidence
            .dissent
            .iter()
            .map(|post| digest.citation(*post).unwrap().owner.clone())
            .collect();
        assert_eq!(against.into_iter().collect::<Vec<_>>(), evidence.dissenting);
        assert_eq!(evidence.trend.now as usize, evidence.trend.counted.len());
        assert_eq!(evidence.trend.before as usize, evidence.trend.earlier.len());
        let mut counted = evidence.trend.counted.iter();
        assert!(counted.all(|post| evidence.stories.iter().any(|story| story[0] == *post)));
        for text in point.quotes.iter().map(|quote| &quote.text) {
            assert!(text.split_whitespace().count() <= 40);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    #[test]
    fn neither_order_nor_reprints_nor_boosts_change_who_is_counted(
        seed in any::<u64>(),
        copied in 0_usize..26,
        boosts in 0_usize..4,
    ) {
        let mut market = busy();
        let before = market.digest();
        every_number_can_be_recounted(&market, &before);

        // Any order.
        let mut state = seed;
        for index in (1..market.posts.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let other = usize::try_from(state >> 33).unwrap_or(0) % (index + 1);
            market.posts.swap(index, other);
        }
        prop_assert_eq!(&market.digest(), &before);

        // One more reprint elsewhere, and boosts, of any post of the window.
        let window = window(&mara(), TODAY);
        let recent: Vec<_> =
            market.heard().iter().zip(&market.posts)
            .filter(|(heard, _)| heard.source.voice.knowledge() == Knowledge::Public)
            .map(|(_, spoken)| spoken)
            .filter(|spoken| spoken.post.when() >= window.from).cloned().collect();
        let original = recent[copied % recent.len()].clone();
        market.source("copycat", Voice::Press);
        market.say("copycat", 33, 41, "We have been around for a while without a word on any topic.");
        let url = original.post.said.url.clone().unwrap();
        let text = original.post.said.text.clone();
        for boost in 0..=boosts {
            let relation =
                if boost == 0 { Relation::Original } else { Relation::Boost(url.clone()) };
            let source = if boost == 0 { "copycat" } else { "commons" };
            let copy = market.say(source, 0, 0, &text);
            copy.verdict = original.verdict.clone();
            copy.verdict.post = copy.post.id;
            copy.embedding = original.embedding.clone();
            copy.post.said.title = original.post.said.title.clone();
            copy.by(&format!("booster{boost}")).relation(relation);
        }
        let after = market.digest();
        every_number_can_be_recounted(&market, &after);
        let people = |digest: &Digest| -> Vec<_> {
            let points = digest.blocks.iter().flat_map(|block| &block.points);
            points.map(|p| (p.topic.clone(), p.evidence.owners.clone(), p.evidence.voices.clone(), p.evidence.dissenting.clone())).collect()
        };
        prop_assert_eq!(people(&after), people(&before));
    }
}
