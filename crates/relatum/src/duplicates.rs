//! Accounts that may be one: proposed by tax id, domain and name, for a person to look at.
//!
//! Names are compared without case, accents, punctuation and legal forms. Only accounts that share
//! something rare are compared with each other, so the work grows with the book and not with its
//! square. Equal books give equal proposals.

use std::collections::{BTreeMap, BTreeSet};

use relatum_domain::{AccountId, EventBody, Recorded};
use serde::Serialize;

use crate::as_of::AsOf;
use crate::error::Error;

/// Why two accounts may be one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DuplicateReason {
    /// They have the same tax id.
    SameTaxId(String),
    /// Their names are the same, apart from case, accents, punctuation and legal form.
    SameName,
    /// Their names have the same words in another order.
    SameWords,
    /// Their names are alike, so many per cent.
    AlikeName(u8),
    /// Their websites or mail addresses are of the same domain.
    SameDomain(String),
    /// They are told to be in different countries: speaks against it.
    OtherCountry,
    /// They have different tax ids: speaks against it.
    OtherTaxId,
}

/// Two accounts that may be one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DuplicateLine {
    /// One.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// The other.
    pub other: AccountId,
    /// Its name.
    pub other_name: String,
    /// How much speaks for it, of 100.
    pub score: u8,
    /// What speaks for it, and against it.
    pub reasons: Vec<DuplicateReason>,
}

/// What is compared of an account.
#[derive(Debug, Clone)]
struct Candidate {
    account: AccountId,
    name: String,
    country: Option<String>,
    words: Vec<String>,
    domains: BTreeSet<String>,
    tax_ids: BTreeSet<String>,
}

/// Neighbours in a large group that are compared.
const WINDOW: usize = 10;

/// What names end or begin with that says nothing of who it is.
const LEGAL_FORMS: &[&str] = &[
    "ab",
    "ag",
    "aps",
    "as",
    "asa",
    "bv",
    "bvba",
    "co",
    "company",
    "corp",
    "corporation",
    "cv",
    "doo",
    "eg",
    "eirl",
    "ek",
    "ev",
    "gbr",
    "gesellschaft",
    "gmbh",
    "inc",
    "incorporated",
    "kft",
    "kg",
    "kgaa",
    "kk",
    "lda",
    "limited",
    "llc",
    "llp",
    "lp",
    "ltd",
    "ltda",
    "mbh",
    "nv",
    "ohg",
    "oy",
    "oyj",
    "plc",
    "pte",
    "pty",
    "pvt",
    "sa",
    "sarl",
    "sas",
    "sasu",
    "se",
    "sl",
    "slu",
    "snc",
    "spa",
    "spzoo",
    "srl",
    "sro",
    "the",
    "ug",
    "und",
    "and",
    "zrt",
];

/// Domains of mail that belong to nobody in particular.
const FREE_MAIL: &[&str] = &[
    "aol.com",
    "free.fr",
    "freenet.de",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "libero.it",
    "live.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "orange.fr",
    "outlook.com",
    "proton.me",
    "t-online.de",
    "web.de",
    "yahoo.com",
    "yandex.ru",
];

/// What a fact or an id of another system is called that is a tax id, or a website.
const TAX: &[&str] = &[
    "ein", "nif", "siren", "siret", "tax", "tax_id", "tax id", "ust-id", "ustid", "vat", "vat_id",
];
const WEBSITE: &[&str] = &["domain", "homepage", "url", "web", "website"];

impl AsOf {
    /// Accounts that may be one, of which at least so much of 100 speaks for it: the surest first.
    ///
    /// Domains of mail addresses count where they can be read.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn duplicates(&self, at_least: u8) -> Result<Vec<DuplicateLine>, Error> {
        let mut all: BTreeMap<AccountId, Candidate> = BTreeMap::new();
        for (account, profile) in self.accounts()? {
            if profile.unassigned {
                continue;
            }
            let mut candidate = Candidate {
                account,
                words: words(&profile.name),
                name: profile.name,
                country: profile.country.map(|country| country.to_lowercase()),
                domains: BTreeSet::new(),
                tax_ids: BTreeSet::new(),
            };
            for (system, id) in &profile.external_ids {
                candidate.learn(system, id);
            }
            all.insert(account, candidate);
        }
        let merges = self.known_merges()?;
        let told = self.engine.replay().event_type("account_fact_stated")?;
        let told = told.event_type("contact_added")?.event_type("contact_changed")?;
        for envelope in told.events()? {
            let envelope = envelope?;
            let account = AccountId::of_stream(envelope.event.stream);
            let Some(candidate) = account.and_then(|account| all.get_mut(&merges.of(account)))
            else {
                continue;
            };
            let known = Recorded::from(envelope.recorded_at) <= self.known_under();
            if !known || envelope.data.effective > self.view.as_of {
                continue;
            }
            let email = match &envelope.data.body {
                EventBody::AccountFactStated(it) => {
                    candidate.learn(&it.topic, it.fact.as_deref().unwrap_or_default());
                    None
                }
                EventBody::ContactAdded(it) => it.email.as_ref(),
                EventBody::ContactChanged(it) => it.email.as_ref(),
                _ => None,
            };
            let email = email.and_then(|email| self.engine.reveal(email));
            if let Some(email) = email
                && let Some((_, domain)) = email.rsplit_once('@')
            {
                candidate.domains.extend(domain_of(domain));
            }
        }
        let all: Vec<Candidate> = all.into_values().collect();
        Ok(proposals(&all, at_least))
    }
}

impl Candidate {
    fn learn(&mut self, topic: &str, value: &str) {
        let topic = topic.to_lowercase();
        if TAX.contains(&topic.as_str()) {
            let plain = value.chars().filter(|it| it.is_alphanumeric());
            let id: String = plain.flat_map(char::to_uppercase).collect();
            self.tax_ids.extend((id.len() >= 5).then_some(id));
        } else if WEBSITE.contains(&topic.as_str()) {
            self.domains.extend(domain_of(value));
        }
    }

    fn compact(&self) -> String {
        self.words.concat()
    }
}

/// The pairs, the surest first.
fn proposals(all: &[Candidate], at_least: u8) -> Vec<DuplicateLine> {
    let mut lines: Vec<DuplicateLine> = pairs(all)
        .into_iter()
        .filter_map(|(left, right)| compare(all.get(left)?, all.get(right)?))
        .filter(|line| line.score >= at_least)
        .collect();
    lines.sort_by(|left, right| {
        right.score.cmp(&left.score).then_with(|| {
            (&left.name, left.account, left.other).cmp(&(&right.name, right.account, right.other))
        })
    });
    lines
}

/// Which candidates are worth a comparison, by their places.
fn pairs(all: &[Candidate]) -> BTreeSet<(usize, usize)> {
    let mut groups: BTreeMap<String, Vec<(String, usize)>> = BTreeMap::new();
    for (at, candidate) in all.iter().enumerate() {
        let name = candidate.compact();
        let mut put = |kind: &str, key: &str| {
            groups.entry(format!("{kind} {key}")).or_default().push((name.clone(), at));
        };
        candidate.tax_ids.iter().for_each(|id| put("tax", id));
        candidate.domains.iter().for_each(|domain| put("domain", domain));
        candidate.words.iter().filter(|it| it.chars().count() > 3).for_each(|it| put("word", it));
        if !name.is_empty() {
            put("begins", &name.chars().take(5).collect::<String>());
            put("ends", &name.chars().rev().take(5).collect::<String>());
        }
    }
    let mut pairs = BTreeSet::new();
    for mut group in groups.into_values() {
        group.sort();
        for (place, (_, left)) in group.iter().enumerate() {
            for (_, right) in group.iter().skip(place.saturating_add(1)).take(WINDOW) {
                if left != right {
                    pairs.insert((*left.min(right), *left.max(right)));
                }
            }
        }
    }
    pairs
}

/// What speaks for two accounts being one, and against it.
fn compare(left: &Candidate, right: &Candidate) -> Option<DuplicateLine> {
    use DuplicateReason as Why;
    let mut reasons = Vec::new();
    let (mut scores, mut against) = (Vec::new(), 0_u32);
    if let Some(id) = left.tax_ids.intersection(&right.tax_ids).next() {
        reasons.push(Why::SameTaxId(id.clone()));
        scores.push(95);
    } else if !left.tax_ids.is_empty() && !right.tax_ids.is_empty() {
        reasons.push(Why::OtherTaxId);
        against += 30;
    }
    let (one, other) = (left.compact(), right.compact());
    let sorted = |words: &[String]| words.iter().cloned().collect::<BTreeSet<String>>();
    if one == other && !one.is_empty() {
        reasons.push(Why::SameName);
        scores.push(90);
    } else if !one.is_empty() && sorted(&left.words) == sorted(&right.words) {
        reasons.push(Why::SameWords);
        scores.push(85);
    } else {
        let alike = alike(&one, &other);
        if alike >= 70 {
            reasons.push(Why::AlikeName(alike));
            scores.push(u32::from(alike) * 85 / 100);
        }
    }
    if let Some(domain) = left.domains.intersection(&right.domains).next() {
        reasons.push(Why::SameDomain(domain.clone()));
        scores.push(70);
    }
    if let (Some(one), Some(other)) = (&left.country, &right.country)
        && one != other
    {
        reasons.push(Why::OtherCountry);
        against += 15;
    }
    let best = scores.iter().max()?;
    let more = u32::try_from(scores.len()).unwrap_or(1).saturating_sub(1) * 5;
    let score = (best + more).min(100).saturating_sub(against);
    Some(DuplicateLine {
        account: left.account,
        name: left.name.clone(),
        other: right.account,
        other_name: right.name.clone(),
        score: u8::try_from(score).unwrap_or(100),
        reasons,
    })
}

/// How alike two names are, of 100: the share of pairs of letters that they have in common.
fn alike(left: &str, right: &str) -> u8 {
    let pairs = |text: &str| {
        let letters: Vec<char> = text.chars().collect();
        let mut count: BTreeMap<(char, char), u32> = BTreeMap::new();
        for pair in letters.windows(2) {
            if let [one, two] = pair {
                *count.entry((*one, *two)).or_default() += 1;
            }
        }
        count
    };
    let (left, right) = (pairs(left), pairs(right));
    let all: u32 = left.values().chain(right.values()).sum();
    let common: u32 = left.iter().filter_map(|(it, count)| Some(count.min(right.get(it)?))).sum();
    u8::try_from((common * 200).checked_div(all).unwrap_or(0)).unwrap_or(100)
}

/// The words of a name that say who it is.
fn words(name: &str) -> Vec<String> {
    let plain: String = name.chars().flat_map(char::to_lowercase).map(plain).collect();
    // Dots and apostrophes stand within words: `S.A.` is `SA`, `O'Neill` is `ONeill`.
    let plain = plain.replace(['.', '\'', '’'], "");
    let all = plain.split(|it: char| !it.is_alphanumeric()).filter(|it| !it.is_empty());
    let all: Vec<String> = all.map(spelt).collect();
    let told: Vec<String> =
        all.iter().filter(|it| !LEGAL_FORMS.contains(&it.as_str())).cloned().collect();
    if told.is_empty() { all } else { told }
}

/// Umlauts may be spelt with an `e`: both become the plain letter.
fn spelt(word: &str) -> String {
    word.replace('ß', "ss").replace("ae", "a").replace("oe", "o").replace("ue", "u")
}

/// The letter without its accent.
const fn plain(letter: char) -> char {
    match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => 'e',
        'ğ' => 'g',
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => 'i',
        'ł' | 'ľ' => 'l',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ő' => 'o',
        'ř' => 'r',
        'ś' | 'š' | 'ş' | 'ș' => 's',
        'ť' | 'ţ' | 'ț' => 't',
        'ù' | 'ú' | 'û' | 'ü' | 'ů' | 'ű' | 'ū' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    }
}

/// The domain of a website or a mail address, unless it belongs to nobody in particular.
fn domain_of(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let rest = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    let host = rest.split(['/', ':', '?', '#']).next().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host).trim_end_matches('.');
    (host.contains('.') && !FREE_MAIL.contains(&host)).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use relatum_domain::Derived as _;

    use super::*;

    fn named(at: usize, name: &str) -> Candidate {
        Candidate {
            account: AccountId::derived("test", &at.to_string()),
            name: name.to_owned(),
            country: None,
            words: words(name),
            domains: BTreeSet::new(),
            tax_ids: BTreeSet::new(),
        }
    }

    #[test]
    fn names_are_the_same_without_form_case_accents_and_punctuation() {
        let same = [
            ("Müller Maschinenbau GmbH & Co. KG", "MUELLER MASCHINENBAU"),
            ("Société Générale S.A.", "Societe Generale"),
            ("O'Neill Ltd.", "ONeill Limited"),
            ("Straßenbau Łódź Sp. z o.o.", "Strassenbau Lodz sp z oo"),
        ];
        for (left, right) in same {
            assert_eq!(words(left), words(right), "{left} {right}");
        }
        assert_eq!(words("AG"), ["ag"], "a name that is nothing else stays");
    }

    #[test]
    fn reasons_add_up_and_speak_against_each_other() {
        let (mut one, mut other) = (named(1, "Nordwind GmbH"), named(2, "Nordwind AG"));
        let told = |one: &Candidate, other: &Candidate| {
            let line = compare(one, other).unwrap();
            (line.score, line.reasons)
        };
        assert_eq!(told(&one, &other), (90, vec![DuplicateReason::SameName]));
        one.learn("Website", "https://www.nordwind.example/about");
        other.learn("domain", "nordwind.example");
        assert_eq!(told(&one, &other).0, 95);
        one.learn("VAT", "DE 123 456 789");
        other.learn("tax_id", "DE987654321");
        let (score, reasons) = told(&one, &other);
        assert_eq!((score, reasons[0].clone()), (65, DuplicateReason::OtherTaxId));
        other.learn("vat_id", "de123456789");
        assert_eq!(told(&one, &other).0, 100);
        assert_eq!(domain_of("somebody.gmail.com"), Some("somebody.gmail.com".to_owned()));
        assert_eq!(domain_of("gmail.com"), None);
        assert!(compare(&named(1, "Nordwind"), &named(2, "Sturm und Drang")).is_none());
    }

    #[test]
    fn the_work_grows_with_the_book_and_the_order_of_accounts_does_not_matter() {
        let book = |count: usize| -> Vec<Candidate> {
            (0..count)
                .map(|at| named(at, &format!("Handel {:05} GmbH", at * 7919 % 99_991)))
                .collect()
        };
        let (small, large) = (pairs(&book(500)).len(), pairs(&book(5_000)).len());
        assert!(large < small * 15, "{small} {large}");
        let mut all = book(200);
        all.push(named(900, "Nordwind Handels GmbH"));
        all.push(named(901, "NORDWIND Handels"));
        let lines = proposals(&all, 90);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].reasons, [DuplicateReason::SameName]);
        all.reverse();
        let again = proposals(&all, 90);
        assert_eq!((again.len(), again[0].score), (1, lines[0].score));
    }
}
