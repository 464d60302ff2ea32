//! The page of one point: what it says, and what its reader may answer.

use axum::response::Response;
use jiff::civil::Date;

use super::Pages;
use super::answer::Wish;
use super::sheet::{Button, NoteForm, Sheet};
use super::told::{Untold, html};
use crate::digest::{Digest, Pointed};
use crate::feedback::{PointRef, Tap, Way};
use crate::pipeline::{HearBack, NOTE_CHARS, Note};
use crate::reader::Reader;
use crate::views::links::Place;
use crate::views::safe::{plain, quotable};

/// Characters of a passage; the digest cuts before.
const PASSAGE: usize = 340;
/// Characters of a name.
const LABEL: usize = 80;
/// Companies to choose from: a longer list is no list to choose from on a phone.
const COMPANIES: usize = 200;

/// Shows a point, or does what was pressed.
pub(super) fn answer(
    pages: &Pages,
    reader: &Reader,
    date: Date,
    place: Place,
    tap: Option<Tap>,
    wish: &Wish,
) -> Result<Response, Untold> {
    let digest = pages.store.digest(&reader.id, date)?.ok_or(Untold::Nothing)?;
    let named = digest.pointed().find(|(point, _)| place.is(*point)).ok_or(Untold::Nothing)?;
    let view = View { pages, reader, digest: &digest, point: named.0, pointed: named.1 };
    let sheet = match (tap, wish) {
        (None, Wish::See) => view.all(),
        (None, Wish::Do(_)) => return Err(Untold::Method),
        (Some(tap), _) if !view.fits(tap) => return Err(Untold::Nothing),
        (Some(Tap::HeardToo), Wish::See) => view.note(),
        (Some(tap), Wish::See) => view.one(tap),
        (Some(tap), Wish::Do(_)) => view.done(tap, wish)?,
    };
    Ok(html(sheet.html()?))
}

struct View<'a> {
    pages: &'a Pages,
    reader: &'a Reader,
    digest: &'a Digest,
    point: PointRef,
    pointed: Pointed<'a>,
}

/// What was answered, as one sentence goes on.
const fn said_of(tap: Tap) -> &'static str {
    match tap {
        Tap::Used => "you used it",
        Tap::NotUseful => "it was not useful",
        Tap::Agreed => "a customer agreed",
        Tap::Disagreed => "a customer disagreed",
        Tap::WrongCompany => "it is about another company",
        Tap::HeardToo => "you heard this too",
    }
}

impl View<'_> {
    fn fits(&self, tap: Tap) -> bool {
        tap != Tap::WrongCompany || self.point.block.is_none()
    }

    fn all(&self) -> Sheet {
        let taps = Tap::ALL.into_iter().filter(|tap| self.fits(*tap));
        let buttons = taps.map(|tap| Button { quiet: true, ..self.button(tap) }).collect();
        Sheet { title: "What did you do with it?".to_owned(), buttons, ..self.sheet() }
    }

    fn one(&self, tap: Tap) -> Sheet {
        Sheet {
            title: format!("{}?", tap.label()),
            buttons: vec![self.button(tap)],
            ..self.sheet()
        }
    }

    fn note(&self) -> Sheet {
        let note = NoteForm {
            action: self.action(Tap::HeardToo),
            companies: self.companies().map(|name| plain(name, LABEL)).collect(),
            chars: NOTE_CHARS,
        };
        let title = Tap::HeardToo.label().to_owned();
        Sheet { title, note: Some(note), ..self.sheet() }
    }

    fn done(&self, tap: Tap, wish: &Wish) -> Result<Sheet, Untold> {
        let (store, at) = (&*self.pages.store, self.pages.clock.now());
        let hear_back = HearBack { store, at, way: Way::Page };
        let mut feedback = hear_back.feedback(self.digest, (self.point, self.pointed), tap)?;
        if wish.field("undo").is_some() {
            store.take_back(&feedback)?;
            let line = "What you said is forgotten. A note you wrote stays.";
            return Ok(Sheet { lines: vec![line.to_owned()], ..self.thanks("Taken back") });
        }
        let text = wish.field("text").filter(|_| tap == Tap::HeardToo);
        if text.is_some_and(|text| text.chars().count() > NOTE_CHARS) {
            return Err(Untold::TooLong);
        }
        if let Some(text) = text {
            // One of their own accounts, or none: a form can say anything.
            let company = wish.field("company");
            let company = self.companies().find(|name| company == Some(&*plain(name, LABEL)));
            let colleague = self.pages.links.colleague(&self.reader.id);
            let note = Note { text, company, colleague: &colleague };
            feedback.note = hear_back.note(note)?;
            self.pages.note_came.notify_one();
        }
        store.hear_back(&feedback)?;
        let mut sheet = self.thanks("Thank you");
        sheet.lines = vec![match tap {
            Tap::HeardToo if feedback.note.is_some() => {
                "Your note is kept: colleagues hear it from “a colleague”.".to_owned()
            }
            _ => format!("Noted: {}.", said_of(tap)),
        }];
        sheet.buttons = vec![Button { label: "Undo", undo: true, quiet: true, ..self.button(tap) }];
        Ok(sheet)
    }

    fn thanks(&self, title: &str) -> Sheet {
        Sheet { title: title.to_owned(), ..self.sheet() }
    }

    fn sheet(&self) -> Sheet {
        let words = self.pointed.words();
        let erased = self.digest.is_erased(words.post);
        let shown = if erased {
            "Erased: whoever said this asked for it.".to_owned()
        } else {
            format!("\u{201c}{}\u{201d}", quotable(&words.text, PASSAGE))
        };
        let cited = self.digest.citation(words.post);
        let who = cited.map(|cited| plain(&cited.speaker, LABEL)).unwrap_or_default();
        let account = self.pointed.account().map(|account| plain(account, LABEL));
        let lines = account.map(|account| format!("Told as news of {account}."));
        Sheet { lines: lines.into_iter().collect(), said: Some((shown, who)), ..Sheet::default() }
    }

    fn button(&self, tap: Tap) -> Button {
        Button { label: tap.label(), action: self.action(tap), undo: false, quiet: false }
    }

    fn action(&self, tap: Tap) -> String {
        self.pages.links.tap(self.digest, self.point, tap).unwrap_or_default()
    }

    fn companies(&self) -> impl Iterator<Item = &str> {
        self.reader.accounts.iter().take(COMPANIES).map(String::as_str)
    }
}
