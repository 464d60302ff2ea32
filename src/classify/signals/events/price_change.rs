//! A price change: by how much, from what to what, from when on.

use std::sync::LazyLock;

use super::{Table, rows};
use crate::verdict::Part;

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let both: &[Part] = &[Part::From, Part::To];
    rows(
        r"(?i)\b(?:pric|cost|fee|plan|tier|renewal|quote|licen[cs]|charge|cheap|expensive|rais|increas|hike|bill|seat|subscription|discount|rate|per month|a month|per user|pay|paying)",
        &[
            (
                both,
                r"\bfrom (?P<from>{MONEY})(?:[ /]?(?:per|a|an|/)[ /]?\w+(?:[ /](?:per|a|/)?[ /]?\w+)?|/\w+)?(?: \w+){0,3}? to (?:(?i:just|as much as|only)\s)?(?P<to>{MONEY})",
            ),
            (both, r"(?P<from>{MONEY})(?:/\w+)? ?(?:→|->|=>) ?(?P<to>{MONEY})"),
            (
                both,
                r"(?P<to>{MONEY})[^.;!?]{0,30}? (?:(?i:up|down)\s)?(?:from|instead of|, was|rather than|compared (?:to|with)|against) (?P<from>{MONEY})",
            ),
            (
                both,
                r"(?i:was|used to (?:be|pay|cost)|paid|were paying|paying) (?P<from>{MONEY})[^.;!?]{0,40}? (?i:now|is|and now|today)[^.;!?]{0,24}? (?P<to>{MONEY})",
            ),
            (
                &[Part::To],
                r"(?i:price|cost|fee|rate|plan|seat|licen[cs]e|tier|subscription|quote|renewal)\b[^.;!?]{0,40}? (?:will be|is now|now costs|to|goes to|jumps to|rises to|went to|climbs to|drops to|falls to|set at) (?P<to>{MONEY})",
            ),
            (&[Part::Change], r"(?P<change>{SHARE})"),
            (
                &[Part::Change],
                r"(?P<change>(?i:doubl(?:ed|es|ing|e)|tripl(?:ed|es|ing|e)|quadrupl(?:ed|es|ing|e)|halv(?:ed|es|ing|e)|twice|three times|four times|five times|ten times|tenfold|threefold|fivefold|\d+x|by (?:a )?half|by a (?:third|quarter|fifth)))\b",
            ),
            (
                &[Part::Change],
                r"(?i:rais(?:e|es|ed|ing)|increas(?:e|es|ed|ing)|hik(?:e|es|ed|ing)|cut(?:s|ting)?|lower(?:s|ed|ing)?|up|down|drop(?:s|ped)?|jump(?:s|ed)?|rise|rises|rose)\b[^.;!?]{0,40}? by (?P<change>{MONEY})",
            ),
            (
                &[Part::When],
                r"(?i:from|as of|effective(?: from| on| as of)?|start(?:s|ing)(?: from| on| in)?|beginning(?: on| in)?|in|on|since|come|until) (?P<when>{DATE})",
            ),
            (&[Part::When], r"(?P<when>(?i:next (?:week|month|quarter|year|spring|summer)))"),
        ],
    )
});
