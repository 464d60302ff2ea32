//! The outbox: what is on its way, sent when it is due, and never twice by itself.
//!
//! A delivery is kept as being sent before the first byte that may be acted on; what is not seen to end
//! after that is left to a person. Many channels are served side by side, each in order; one that cannot
//! be reached holds up only what goes there.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use tokio::task::block_in_place;

use super::Missed;
use super::sender::{Content, Sender};
use crate::channel::{FOLDER, MAIL};
use crate::delivery::{Delivery, DeliveryId, State};
use crate::digest::{self, Digest, Proven};
use crate::reader::{self, Reader};
use crate::store::{Store, StoreError};

/// Deliveries of digests of so many days are looked at: those of before are over, and are not asked for again.
pub const LOOK_BACK_DAYS: i64 = 7;

/// Talks at once: enough for many readers, few enough for a small mail server.
const TALKS: usize = 8;

/// Of these, with the mail server.
const MAIL_TALKS: usize = 4;

/// When so much time has passed nothing more is begun: the next pass goes on.
const PASS: Duration = Duration::from_mins(2);

/// How often a late one looks whether its reader's quiet day is over.
const QUIET_LOOK: SignedDuration = SignedDuration::from_hours(1);

/// The parts sending needs, put together by [`crate::app`].
#[derive(Clone, Copy)]
pub struct Outbox<'a> {
    /// Where deliveries and digests are kept.
    pub store: &'a dyn Store,
    /// Who hands them over.
    pub sender: Sender<'a>,
    /// Whether to leave off: what is being said is said to the end, and nothing new is begun.
    pub stop: &'a (dyn Fn() -> bool + Sync),
}

/// The deliveries of a digest that are not made by writing files.
#[must_use]
pub fn deliveries_of(
    reader: &Reader,
    mail: reader::Mail,
    digest: &Digest,
    now: Timestamp,
) -> Vec<Delivery> {
    ids(reader, mail, digest.date).map(|id| Delivery::new(id, digest.made, now)).collect()
}

/// The deliveries that a store may have sent between a backup and the restoring of it at `now`: those of the
/// digest that each reader is due by now, where its morning came after the backup. The restored store knows
/// nothing of them, makes that digest anew, and would send it again; so they are uncertain.
#[must_use]
pub fn perhaps_sent(
    readers: &[Reader],
    mail: reader::Mail,
    backed_up: Timestamp,
    now: Timestamp,
) -> Vec<Delivery> {
    let words = format!(
        "the store is restored from a backup of {}, and may have sent it before",
        backed_up.strftime("%-d %B %Y, %H:%M UTC")
    );
    let of = |reader: &Reader| {
        let date = digest::due(reader, now)?;
        let morning = digest::window(reader, date).until;
        let perhaps = |id| Delivery::new(id, morning, now).lost(words.clone(), now);
        let all: Vec<Delivery> = ids(reader, mail, date).map(perhaps).collect();
        (backed_up < morning).then_some(all)
    };
    readers.iter().filter_map(of).flatten().collect()
}

/// The deliveries of a reader's digest.
fn ids(reader: &Reader, mail: reader::Mail, date: Date) -> impl Iterator<Item = DeliveryId> {
    let channels = reader.channels(mail).into_iter();
    let sent = channels.filter(|channel| *channel != FOLDER);
    sent.map(move |channel| DeliveryId {
        date,
        reader: reader.id.clone(),
        channel: channel.to_owned(),
    })
}

/// When the next delivery is to be tried.
///
/// # Errors
/// The store cannot be read.
pub fn next(store: &dyn Store, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let open = recent(store, now)?.into_iter().filter(|delivery| delivery.state.is_open());
    Ok(open.map(|delivery| delivery.due).min())
}

impl Outbox<'_> {
    /// Sends what is due; every delivery that stands otherwise than before.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn send(&self) -> Result<Vec<Delivery>, StoreError> {
        let (due, mut changed) = block_in_place(|| self.due())?;
        let until = Instant::now() + PASS;
        let lanes: Vec<Lane> = lanes(due);
        let ill = Mutex::new(BTreeMap::new());
        let ill = &ill;
        // The one place where deliveries are made side by side.
        let mut talks = stream::iter(lanes.into_iter().map(|lane| self.serve(lane, ill, until)))
            .buffer_unordered(TALKS);
        while let Some(done) = talks.next().await {
            changed.extend(done?);
        }
        changed.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(changed)
    }

    /// What is to be sent now, and what changed without being sent.
    fn due(&self) -> Result<(Vec<Delivery>, Vec<Delivery>), StoreError> {
        let now = self.sender.clock.now();
        let (mut due, mut changed) = (Vec::new(), Vec::new());
        for delivery in recent(self.store, now)? {
            let after = if delivery.is_abandoned(now) {
                let why = "it broke off while it was being sent, and may have arrived";
                Some(delivery.lost(why.to_owned(), now))
            } else if delivery.is_stale(now) {
                Some(delivery.given_up(now))
            } else if delivery.is_due(now) {
                match self.of(&delivery)? {
                    Ok(reader) => {
                        // A digest that is late is not sent into somebody's holiday.
                        let today = now.to_zoned(reader.time_zone.clone()).date();
                        if today == delivery.id.date || !reader.rhythm.is_silent_on(today) {
                            due.push(delivery.clone());
                        } else {
                            let later = now.saturating_add(QUIET_LOOK).unwrap_or(now);
                            self.store.advance(&delivery, &delivery.put_off(later))?;
                        }
                        None
                    }
                    Err(why) => Some(Delivery { words: Some(why), ..delivery.dropped(now) }),
                }
            } else {
                None
            };
            if let Some(after) = after
                && self.store.advance(&delivery, &after)?
            {
                changed.push(after);
            }
        }
        Ok((due, changed))
    }

    /// Whose delivery it is, if it is still wanted, or why it is not.
    fn of(&self, delivery: &Delivery) -> Result<Result<&Reader, String>, StoreError> {
        let DeliveryId { reader: id, channel, .. } = &delivery.id;
        let Some(reader) = self.sender.market.reader(id) else {
            return Ok(Err(format!("there is no reader {id} any more")));
        };
        if self.store.unsubscribed()?.iter().any(|(gone, _)| gone == id) {
            return Ok(Err(format!("{id} wants no more digests")));
        }
        let has =
            if self.sender.mail.is_there() { reader::Mail::Served } else { reader::Mail::None };
        // Somebody may ask for one of a channel that is not theirs by rule.
        let is_theirs = reader.channels(has).contains(&channel.as_str());
        let is_there = channel == MAIL || self.sender.market.channel(channel).is_some();
        if is_theirs && is_there {
            return Ok(Ok(reader));
        }
        Ok(Err(format!("{id} does not get the digest by {channel} any more")))
    }

    /// Makes the deliveries of a lane, one after the other.
    async fn serve(
        &self,
        lane: Lane,
        ill: &Mutex<BTreeMap<String, Timestamp>>,
        until: Instant,
    ) -> Result<Vec<Delivery>, StoreError> {
        let mut changed = Vec::new();
        for delivery in lane.deliveries {
            if (self.stop)() || Instant::now() >= until {
                break;
            }
            let again =
                ill.lock().unwrap_or_else(PoisonError::into_inner).get(&lane.channel).copied();
            if let Some(again) = again {
                // Another was refused a moment ago for what has nothing to do with it.
                let after = delivery.put_off(again);
                block_in_place(|| self.store.advance(&delivery, &after))?;
                continue;
            }
            let Some((after, is_ill)) = self.deliver(&delivery).await? else { continue };
            if is_ill {
                let mut ill = ill.lock().unwrap_or_else(PoisonError::into_inner);
                ill.entry(lane.channel.clone()).or_insert(after.due);
            }
            changed.push(after);
        }
        Ok(changed)
    }

    /// Makes one, and keeps what became of it; whether the channel as a whole is out of order. None where
    /// another process is at it.
    async fn deliver(&self, delivery: &Delivery) -> Result<Option<(Delivery, bool)>, StoreError> {
        let DeliveryId { reader, date, .. } = &delivery.id;
        let digest = block_in_place(|| self.store.digest(reader, *date))?;
        let sending =
            delivery.sending(&self.sender.message_id(&delivery.id), self.sender.clock.now());
        let has_begun = Mutex::new(false);
        let begin = || {
            let taken = block_in_place(|| self.store.advance(delivery, &sending));
            if !taken.map_err(Missed::Store)? {
                return Err(Missed::Taken);
            }
            *has_begun.lock().unwrap_or_else(PoisonError::into_inner) = true;
            Ok(())
        };
        let done = match (self.sender.market.reader(reader), digest) {
            (Some(reader), Some(digest)) => {
                let proven = Proven::claimed(digest);
                self.sender.hand_over(reader, &delivery.id, Content::Digest(&proven), &begin).await
            }
            _ => Err(Missed::Never("the digest is not kept any more".to_owned())),
        };
        let has_begun = has_begun.into_inner().unwrap_or_else(PoisonError::into_inner);
        let before = if has_begun { &sending } else { delivery };
        let now = self.sender.clock.now();
        let (after, is_ill) = match done {
            Ok(words) => (before.sent(words, now), false),
            Err(Missed::Unreached { words, wait }) => (before.failed(words, wait, now), true),
            Err(Missed::Later(words)) => (before.failed(words, None, now), false),
            Err(Missed::Never(words)) => (before.refused(words, now), false),
            Err(Missed::Unknown(words)) => (before.lost(words, now), false),
            Err(Missed::Taken) => return Ok(None),
            Err(Missed::Store(error)) => return Err(error),
        };
        let is_kept = block_in_place(|| self.store.advance(before, &after))?;
        Ok(is_kept.then_some((after, is_ill)))
    }
}

/// Deliveries of one channel, in order.
struct Lane {
    channel: String,
    deliveries: Vec<Delivery>,
}

/// A chat is written to by one after the other, for its limit is so many a second; a mail server by a few.
///
/// What was tried least goes first: one that a server never takes must not stand before all others.
fn lanes(mut due: Vec<Delivery>) -> Vec<Lane> {
    due.sort_by_key(|delivery| delivery.tries);
    let mut lanes: BTreeMap<(String, usize), Vec<Delivery>> = BTreeMap::new();
    for (place, delivery) in due.into_iter().enumerate() {
        let channel = delivery.id.channel.clone();
        let lane = if channel == MAIL { place % MAIL_TALKS } else { 0 };
        lanes.entry((channel, lane)).or_default().push(delivery);
    }
    lanes.into_iter().map(|((channel, _), deliveries)| Lane { channel, deliveries }).collect()
}

fn recent(store: &dyn Store, now: Timestamp) -> Result<Vec<Delivery>, StoreError> {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let deliveries = store.deliveries(today.saturating_sub(LOOK_BACK_DAYS.days()))?;
    Ok(deliveries
        .into_iter()
        .filter(|delivery| delivery.state.is_open() || delivery.state == State::Sending)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_never_takes_stands_behind_what_was_not_tried_yet() {
        let one = |reader: &str, tries: u32| {
            let id = format!("2026-11-22/{reader}/chat").parse().unwrap();
            let (made, now) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
            Delivery { tries, ..Delivery::new(id, made, now) }
        };
        let lanes = lanes(vec![one("ada", 3), one("ben", 0), one("cleo", 0)]);
        let [lane] = lanes.as_slice() else { panic!("{} lanes", lanes.len()) };
        let order: Vec<&str> = lane.deliveries.iter().map(|of| of.id.reader.as_str()).collect();
        assert_eq!(order, ["ben", "cleo", "ada"]);
    }
}
