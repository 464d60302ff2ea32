//! A price change: by how much, from what to what, from when on.

use std::sync::LazyLock;

use super::{Table, rows};
use crate::verdict::Part;

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let both: &[Part] = &[Part::From, Part::To];
    rows(
        r"(?i)\b(?:ris(?:e|es|ing)\b|free tier|charg|going up|lower|double|tripl|€|£|\$|pric|cost|fee|plan|tier|renewal|quote|licen[cs]|charge|cheap|expensive|rais|increas|hike|bill|seat|subscription|discount|rate|per month|a month|per user|pay|paying)",
        &[
            (
                both,
                r"\bfrom (?P<from>{MONEY})(?:[ /]?(?:per|a|an|/)[ /]?[{W}]+(?:[ /](?:per|a|/)?[ /]?[{W}]+)?|/[{W}]+)?(?: [{W}]+){0,3}? to (?:(?i:just|as much as|only)\s)?(?P<to>{MONEY})",
            ),
            (both, r"(?P<from>{MONEY})(?:/[{W}]+)? ?(?:→|->|=>) ?(?P<to>{MONEY})"),
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
                r"(?P<change>(?i:doubl(?:ed|es|ing|e)|tripl(?:ed|es|ing|e)|quadrupl(?:ed|es|ing|e)|halv(?:ed|es|ing|e)|twice|three times|four times|five times|ten times|tenfold|threefold|fivefold|[0-9]+x|by (?:a )?half|by a (?:third|quarter|fifth)))\b",
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
            (
                &[Part::To, Part::From],
                r"(?i:quoted|charg(?:es?|ed|ing)|asking|wants?|pay(?:ing)?|renewal) (?:[{W}]+ )?(?P<to>{MONEY}|[0-9]+(?:[.,][0-9]+)?k\b)[^.;!?]{0,50}? (?i:was|paid|from|were paying|up from) (?:it (?:was )?)?(?P<from>{MONEY}|[0-9]+(?:[.,][0-9]+)?k\b)",
            ),
            (
                &[Part::To],
                r"(?i:charge[sd]?|now|cost(?:s|ing)?|pay|priced at|for|at|to) (?:(?i:just|only|a flat)\s)?(?P<to>{MONEY})(?: ?/ ?[{W}]+| (?i:per|an?|each|every|for)\b|[.,;!?)]|$)",
            ),
            (&[Part::Change], r"\b(?P<change>(?i:a (?:third|quarter|fifth)|two thirds))\b"),
            (
                &[Part::What],
                r"(?i:price|prices|cost|pricing|fees?|rates?) (?i:of|for|on) {OF}(?P<what>[{L}0-9+./-]+(?: [{L}0-9+./-]+){0,3}?)(?: (?i:by|to|from|goes|going|go|is|are|will|up|down|in|has|have|rises?|increases?|rose|jumps?|jumped|doubled|tripled|increased|increases|fell|falls|drops?|dropped|at|as|starting|effective|on|with)\b|[,.;:!?]|$)",
            ),
            (
                &[Part::What],
                r"(?i:rais(?:es?|ed|ing)|hik(?:es?|ed|ing)|hike|cuts?|cutting|slash(?:es|ed|ing)?|lift(?:s|ed|ing)?|lower(?:s|ed|ing)?|doubl(?:es?|ed|ing)|put(?:s|ting)? up|bump(?:s|ed|ing)?|increas(?:es?|ed|ing)|drop(?:s|ped|ping)?|reduc(?:es?|ed|ing)|ups) (?:(?i:the|its|their|our|price of|prices of|price for|list)\s){0,3}(?P<what>{NAME}) (?i:prices?|pricing|price|plans?|subscriptions?|seats?|licen[cs]es?|licensing|fees?|tiers?|rates?|from|by|to)\b",
            ),
            (
                &[Part::What],
                r"(?P<what>{NAME} (?i:plan|tier))\b"),
 (&[Part::What], r"(?P<what>{NAME}) (?i:free tier|free plan|plans|subscriptions?|seats?|licen[cs]es?|prices?|stamps|tickets|membership|fares)\b",
            ),
            (
                &[Part::What],
                r"\b(?:(?i:the|our|all|its|their|your)\s)?(?P<what>(?:[{L}][{W}+-]+ ){1,2}?(?i:plan|rates|fees|tier|charges|fares|premiums|licen[cs]es|tickets|seats|stamps))(?:[^.;!?]{0,30}?) (?i:will|to|goes|go|going|is|are|rises?|increas(?:es?|ing|ed)|jump(?:s|ed)|up|gone|cost)\b",
            ),
            (
                &[Part::Who],
                r"(?P<who>{NAME})(?:['’]s)?{TAIL} (?i:rais(?:es?|ed|ing)|hik(?:es?|ed|ing)|ups|upp(?:ed|ing)|cuts?|cutting|slash(?:es|ed|ing)?|lift(?:s|ed|ing)?|lower(?:s|ed|ing)?|doubl(?:es?|ed|ing)|tripl(?:es?|ed|ing)|put(?:s|ting)?(?: up)?|end(?:s|ed|ing)?|scrap(?:s|ped|ping)?|quot(?:es|ed)|charg(?:es?|ed|ing)|making|bump(?:s|ed|ing)?|chang(?:es?|ed|ing)|increas(?:es?|ed|ing)|drop(?:s|ped|ping)?|reduc(?:es?|ed|ing)|introduc(?:es?|ed|ing)|kill(?:s|ed|ing)?|remov(?:es?|ed|ing)|price (?:hike|increase|rise|cut)|jack(?:s|ed|ing)? up|moves|moved)\b",
            ),
            (
                &[Part::Who],
                r"(?P<who>{NAME}),? (?:(?i:a|an|another|its|with a)\s)?{SHARE} (?i:increase|hike|rise|more|price|uplift|cut|jump)",
            ),
            (
                &[Part::Who],
                r"(?i:renew(?:al|ing|ed)?|contract|bill|quote|invoice) (?i:with|from|for) {OF}(?P<who>{NAME})",
            ),
            (
                &[Part::Who],
                r"(?P<who>{NAME}) (?i:free tier|free plan|renewal|price (?:hike|increase|rise)|bill)\b",
            ),
            (&[Part::To, Part::From], r"(?i:now|is|costs?|pay) (?P<to>{MONEY}(?:/[{W}]+)?)[^.;!?]{0,30}?,? (?i:was|up from|down from|used to be|instead of|vs|not) (?P<from>{MONEY})"),
            (&[Part::To], r"(?i:to|will|now) (?i:cost|costs|charge|pay) (?P<to>{MONEY})"),
            (&[Part::Change], r"(?i:up|down|by|extra|another|additional) (?P<change>{MONEY})\b"),
            (&[Part::What], r"(?i:rais(?:es?|ed|ing)|hik(?:es?|ed|ing)|cuts?|cutting|slash(?:es|ed|ing)?|lift(?:s|ed|ing)?|lower(?:s|ed|ing)?|doubl(?:es?|ed|ing)|put(?:s|ting)? up|bump(?:s|ed|ing)?|increas(?:es?|ed|ing)|reduc(?:es?|ed|ing)|introduc(?:es?|ed|ing)|new) {OF}(?P<what>(?:[a-z-]+ ){0,2}?(?i:fees?|rates|charges|fares|premiums|tariffs|subscriptions))\b"),
            (&[Part::What], r"(?i:rais(?:es?|ed|ing)|hik(?:es?|ed|ing)|cuts?|cutting|slash(?:es|ed|ing)?|lower(?:s|ed|ing)?|doubl(?:es?|ed|ing)|put(?:s|ting)? up|increas(?:es?|ed|ing)|reduc(?:es?|ed|ing)) {OF}(?P<what>(?:[a-z-]+ ){1,2}?)(?i:prices?|pricing|costs)\b"),
            (&[Part::What], r"(?i:increase|hike|rise|cut|changes?|pricing) (?i:for|on|of|to) {OF}(?P<what>{NAME})"),
            (&[Part::What], r"(?P<what>{NAME}(?: [a-z]+)?) (?i:is now|now costs|will cost|to cost|goes to|goes from|costs) {MONEY}"),
            (&[Part::Who], r"(?P<who>{NAME})(?:['’]s)? (?i:customers|users|subscribers|clients|pricing|prices|price|invoice|licensing)\b"),
            (&[Part::Who], r"^(?:(?i:breaking|update|exclusive|just in|news)[: ]+)?(?P<who>{NAME}){DOES}"),
        ],
    )
    .unless(r"(?i)\bno (?:price|fee) (?:increases?|rises?|changes?|hikes?)|{NOT}(?:rais|increas|chang|hik)|\btemperatures?\b|\b(?:shares?|stocks?) (?:rose|fell|jump|slid|closed|climb|surg|drop|gain|are|were)|\b(?:black friday|cyber monday|sale ends|promo code|discount code|voucher)\b|\bat what price\b|price of (?:freedom|peace|success|fame)")
});
