//! Answers by mail.

use jiff::civil::Date;
use overheard::digest::Proven;
use overheard::feedback::{Tap, Way};
use overheard::pipeline::reply::{Answered, Mailbox};
use overheard::store::Store;
use overheard::views::{self, Links};

use super::{READER, World};

fn take_in(world: &World, mail: &str) -> Answered {
    let now = World::now();
    let mailbox = Mailbox { store: &*world.store, market: &world.market, links: &world.links, now };
    mailbox.take_in(mail.as_bytes()).unwrap()
}

fn tag(world: &World) -> String {
    world.links.mail_tag(READER, world.digest.date)
}

fn mail(world: &World, text: &str) -> String {
    let tag = tag(world);
    format!(
        "From: Ada <ada@seller.example>\r\nTo: overheard@we.example\r\nSubject: Re: Overheard\r\n\
         In-Reply-To: <{tag}@we.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n{text}"
    )
}

fn taps(world: &World) -> Vec<Tap> {
    let said = world.store.feedback(Date::MIN).unwrap();
    assert!(said.iter().all(|of| of.way == Way::Mail && of.reader == READER));
    said.iter().map(|of| of.tap).collect()
}

#[test]
fn the_first_line_is_a_tap_and_the_rest_a_note() {
    let world = World::new();
    let mail = mail(&world, "agreed 1\r\n\r\nThey pay more, too.\r\n-- \r\nAda\r\n> used 1\r\n");
    let Answered::Kept { reader, taps: said, note } = take_in(&world, &mail) else { panic!() };
    assert_eq!((reader.as_str(), said.len(), note), (READER, 1, true));
    assert_eq!(taps(&world), [Tap::Agreed]);
    let kept = world.store.feedback(Date::MIN).unwrap();
    let post = world.store.post(kept[0].note.unwrap()).unwrap().unwrap();
    assert_eq!(post.said.text, "They pay more, too.");
    // The same mail again changes nothing.
    take_in(&world, &mail);
    assert_eq!((taps(&world).len(), world.store.counts().unwrap().posts), (1, 5));
}

#[test]
fn an_account_is_named_and_the_address_may_carry_the_tag_in_capitals() {
    let world = World::new();
    let account = world.digest.accounts[0].account.clone();
    let mail = format!(
        "From: ada@seller.example\r\nTo: overheard+{}@we.example\r\n\r\nWrong company {account}\r\n",
        tag(&world).to_uppercase()
    );
    assert!(matches!(take_in(&world, &mail), Answered::Kept { .. }));
    assert_eq!(taps(&world), [Tap::WrongCompany]);
}

#[test]
fn an_answer_that_is_none_of_ours_is_a_note_and_unsubscribe_ends_the_mails() {
    let world = World::new();
    let note = take_in(&world, &mail(&world, "Used to be cheaper at Globex, I heard.\r\n"));
    assert_eq!(note, Answered::Kept { reader: READER.into(), taps: vec![], note: true });
    take_in(&world, &mail(&world, "Unsubscribe\r\n\r\n> quoted"));
    assert_eq!(world.store.unsubscribed().unwrap().len(), 1);
    assert_eq!(taps(&world), []);
}

#[test]
fn a_mail_program_signs_off_by_the_address_in_the_header_though_it_answers_no_mail() {
    let world = World::new();
    let sent = |from: &str, subject: &str| {
        let mail = format!(
            "From: {from}\r\nTo: overheard@we.example\r\nSubject: {subject}\r\n\r\nused 1\r\n"
        );
        take_in(&world, &mail)
    };
    let subject = format!("unsubscribe {}", tag(&world));
    for (from, subject) in [
        ("eve@else.example", subject.as_str()),
        ("ada@seller.example", "unsubscribe"),
        ("ada@seller.example", &format!("Re: {subject}")),
    ] {
        assert!(matches!(sent(from, subject), Answered::Left(_)), "{from}: {subject}");
    }
    assert_eq!(world.store.unsubscribed().unwrap(), []);
    assert_eq!(
        sent("ada@seller.example", &subject),
        Answered::Unsubscribed { reader: READER.into() }
    );
    assert_eq!(world.store.unsubscribed().unwrap().len(), 1);
    assert_eq!(taps(&world), [], "what else stands there is not read");
}

#[test]
fn mails_within_mails_however_deep_end_nobody() {
    let world = World::new();
    let within = "Content-Type: message/rfc822\r\n\r\n".repeat(30_000);
    let good = mail(&world, "used 1");
    for mail in [within.clone(), good.replace("Content-Type: text/plain\r\n\r\n", &within)] {
        assert!(matches!(take_in(&world, &mail), Answered::Left(_)));
    }
    assert_eq!(taps(&world), []);
}

#[test]
fn whoever_has_no_tag_or_another_address_says_nothing() {
    let world = World::new();
    let good = mail(&world, "used 1");
    let refused = [
        good.replace("ada@seller.example", "boss@seller.example"),
        good.replace(&tag(&world), "0123456789abcdef"),
        good.replace("In-Reply-To", "X-Other"),
        good.replace("used 1", "used"),
        good.replace("used 1", "used 9"),
        good.replace("used 1", "> used 1"),
        String::new(),
        "\u{0}\u{1}".to_owned(),
    ];
    for mail in refused {
        assert!(matches!(take_in(&world, &mail), Answered::Left(_)), "{mail}");
    }
    assert_eq!((taps(&world), world.store.counts().unwrap().posts), (vec![], 4));
}

#[test]
fn a_machine_that_answers_is_left_alone() {
    let world = World::new();
    let good = mail(&world, "used 1");
    for header in [
        "Auto-Submitted: auto-replied",
        "Precedence: bulk",
        "X-Autoreply: yes",
        "List-Id: <all.seller.example>",
        "Return-Path: <>",
        "Subject: Automatic reply: away",
    ] {
        let good = if header.starts_with("Subject") {
            good.replace("Subject: Re: Overheard\r\n", "")
        } else {
            good.clone()
        };
        let mail = format!("{header}\r\n{good}");
        assert_eq!(take_in(&world, &mail), Answered::Left("a machine wrote it"), "{header}");
    }
    assert!(matches!(
        take_in(&world, &format!("Auto-Submitted: no\r\n{good}")),
        Answered::Kept { .. }
    ));
}

#[test]
fn a_mail_of_html_alone_is_read_and_thirty_megabytes_or_a_thousand_parts_are_survived() {
    let world = World::new();
    let html = mail(&world, "<html><body><p>Used 1</p><blockquote>x</blockquote></body></html>")
        .replace("text/plain", "text/html");
    assert!(
        matches!(take_in(&world, &html), Answered::Kept { .. }),
        "{:?}",
        take_in(&world, &html)
    );

    let tag = tag(&world);
    let attached = format!(
        "From: ada@seller.example\r\nIn-Reply-To: <{tag}@we.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
         not useful 1\r\n--b\r\nContent-Type: application/zip\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--\r\n",
        "QUJD".repeat(30 << 18)
    );
    assert!(matches!(take_in(&world, &attached), Answered::Kept { .. }));
    assert_eq!(taps(&world), [Tap::NotUseful]);

    let mut nested = format!(
        "From: ada@seller.example\r\nIn-Reply-To: <{tag}@we.example>\r\nMIME-Version: 1.0\r\n"
    );
    for part in 0..5_000 {
        let part = format!("b{part}\r\n\r\n--b{part}\r\n");
        nested += "Content-Type: multipart/mixed; boundary=";
        nested += &part;
    }
    nested += "Content-Type: text/plain\r\n\r\nagreed 1\r\n";
    take_in(&world, &nested);
    let wrapped = "Content-Type: message/rfc822\r\n\r\n".repeat(5_000);
    take_in(&world, &format!("In-Reply-To: <{tag}@we.example>\r\n{wrapped}agreed 1"));
}

#[test]
fn a_digest_says_how_its_mail_is_answered_where_somebody_takes_answers_in() {
    let mut world = World::new();
    let digest = Proven::claimed(world.digest.clone());
    for is_taken_in in [false, true] {
        world.links = world.links.where_mails_are_answered(is_taken_in);
        let html = views::html(&digest, &world.links).unwrap();
        let shown =
            [html, views::text(&digest, &world.links), views::markdown(&digest, &world.links)];
        for text in &shown {
            assert_eq!(text.contains("Answer this mail"), is_taken_in, "{text}");
        }
    }
    // What it names as examples is understood.
    for (line, tap) in [("used 1", Tap::Used), ("disagreed 1", Tap::Disagreed)] {
        let Answered::Kept { taps, .. } = take_in(&world, &mail(&world, line)) else { panic!() };
        assert_eq!(taps.iter().map(|(tap, _)| *tap).collect::<Vec<_>>(), [tap]);
    }
    // Where there are no pages there is no tag to know an answer by.
    assert!(!Links::none().where_mails_are_answered(true).are_mails_answered());
}
