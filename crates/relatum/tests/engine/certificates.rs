//! Certificates: made, kept, checked against the log that grew, was cut, or was rewritten.

use relatum::domain::event::account::AccountsSplit;
use relatum::domain::{Actor, Event};
use relatum::log::{Cut, Seq};
use relatum::{
    AgingOptions, Certificate, CertificateError, Certify, Checked, Engine, Error, Proofs, Report,
    SalesBy, SalesOptions, SigningKey,
};

use crate::books::{
    account, adjusted, append, clock, commits, day, demo, fill, invoice, paid, record, settles,
    stored, today,
};
use crate::merging::merge;

fn aging() -> AgingOptions {
    AgingOptions::default()
}

/// As of the day of the demo.
fn made(engine: &Engine, report: &dyn Report, how: &Certify<'_>) -> Certificate {
    engine.as_of(today()).certify(report, how).unwrap()
}

fn read(text: &str) -> Certificate {
    text.parse().unwrap()
}

#[test]
fn one_of_yesterday_checks_today_whatever_came_since() {
    let facts = demo(6);
    let clock = clock();
    let (_folder, engine) = stored();
    engine.catch_up(|_, _| {}).unwrap();
    let in_memory = Engine::builder().clock(clock.clone()).in_memory().unwrap();
    fill(&in_memory, &clock, &facts);
    engine.replicate_all(commits(&in_memory).iter().map(|it| it.bytes.as_slice())).unwrap();
    let key = SigningKey::generate("example.com/book").unwrap();
    let sales = SalesOptions::by(SalesBy::Manager);
    let reports: [&dyn Report; 2] = [&aging(), &sales];
    let proofs = || Proofs::Of(vec!["total/EUR/total".parse().unwrap()]);
    let made = reports.map(|report| {
        let proofs = if report.name() == "aging" { proofs() } else { Proofs::None };
        let how = Certify { asked: report.name(), key: Some(&key), proofs };
        made(&engine, report, &how)
    });
    // The same log gives the same certificate, in memory or on disk.
    let how = Certify { asked: "aging", key: Some(&key), proofs: proofs() };
    let other = in_memory.as_of(today()).certify(&aging(), &how).unwrap();
    assert_eq!(other.to_string(), made[0].to_string());
    record(&engine, 1, invoice(0, 1, 50_000)).unwrap();
    record(&engine, 1, paid(0, 1, 10_000, vec![settles(1, 10_000)])).unwrap();
    engine.checkpoint().unwrap();
    for (certificate, report) in made.iter().zip(reports) {
        let kept = read(&certificate.to_string());
        assert_eq!(&kept, certificate);
        kept.verify(Some(&key.verifier())).unwrap();
        assert_eq!(kept.check(&engine, report).unwrap(), Checked::Equal, "{}", report.name());
        assert_eq!(kept.report(), report.name());
    }
    // One that is made of then, now, is the same.
    let then = engine.as_of(today()).known_at(Cut::single(made[0].position())).unwrap();
    assert_eq!(then.certify(&aging(), &how).unwrap(), made[0]);
}

/// A small book, the same each time.
fn small() -> Engine {
    let clock = clock();
    let engine = Engine::builder().clock(clock.clone()).in_memory().unwrap();
    let told: [(u64, Event); 5] = [
        (1, invoice(0, 1, 100_000)),
        (2, invoice(1, 2, 20_000)),
        (1, paid(20, 1, 30_000, vec![settles(1, 30_000)])),
        (2, adjusted(21, "A-1")),
        (1, invoice(22, 3, 5_000)),
    ];
    for (who, event) in told {
        clock.set(clock.now() + chrono::TimeDelta::seconds(1));
        record(&engine, who, event).unwrap();
    }
    engine
}

use relatum::log::Clock as _;

#[test]
fn any_byte_that_is_changed_is_found() {
    let engine = small();
    let key = SigningKey::generate("k").unwrap();
    for key in [None, Some(&key)] {
        let day = day(70);
        let proofs = Proofs::Of(vec!["total/EUR/31-60".parse().unwrap()]);
        let how = Certify { asked: "aging", key, proofs };
        let text = engine.as_of(day).certify(&aging(), &how).unwrap().to_string();
        let holds = |text: &str| {
            let Ok(certificate) = text.parse::<Certificate>() else { return false };
            let signed = certificate.verify(key.map(SigningKey::verifier).as_ref()).is_ok();
            // The words are the business of who asks again.
            signed
                && certificate.asked() == "aging"
                && certificate.check(&engine, &aging()).is_ok_and(|it| it == Checked::Equal)
        };
        assert!(holds(&text), "{text}");
        // A signature covers all that is above it alike.
        let body = text.rfind("\n\n").unwrap_or(0);
        for at in (0..body).step_by(7).chain(body..text.len()) {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1 << (at % 8);
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            assert!(!holds(&changed), "byte {at} of {}: {changed}", text.len());
        }
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)).step_by(7) {
            assert!(!holds(&text[..at]), "cut at {at}");
        }
        assert!(!holds(&format!("{text}\n")) && !holds(&format!("\n{text}")));
    }
}

#[test]
fn where_it_diverges_is_said_with_cell_and_event() {
    let engine = small();
    let how = Certify { asked: "aging", key: None, proofs: Proofs::All };
    let text = made(&engine, &aging(), &how).to_string();
    // A figure that was edited: the log is the same.
    let edited = read(&text.replacen("\"750.00\"", "\"900.00\"", 1));
    let Checked::Diverges(found) = edited.check(&engine, &aging()).unwrap() else { panic!() };
    let cell = found.cell.unwrap();
    assert_eq!(found.log, None);
    assert_eq!(
        (cell.certified.as_deref(), cell.replayed.as_deref()),
        (Some("900.00"), Some("750.00"))
    );
    assert!(cell.cell.starts_with("account:"), "{}", cell.cell);
    // A log that says something else from one event on.
    let other = Engine::builder().clock(clock()).in_memory().unwrap();
    let told: [(u64, Event); 5] = [
        (1, invoice(0, 1, 100_000)),
        (2, invoice(1, 2, 20_000)),
        (1, paid(20, 1, 31_000, vec![settles(1, 31_000)])),
        (2, adjusted(21, "A-1")),
        (1, invoice(22, 3, 5_000)),
    ];
    let shared = commits(&engine);
    other.replicate_all(shared[..2].iter().map(|it| it.bytes.as_slice())).unwrap();
    for (who, event) in told.into_iter().skip(2) {
        record(&other, who, event).unwrap();
    }
    for proofs in [Proofs::All, Proofs::None] {
        let how = Certify { asked: "aging", key: None, proofs };
        let certificate = made(&engine, &aging(), &how);
        let Checked::Diverges(found) = certificate.check(&other, &aging()).unwrap() else {
            panic!()
        };
        assert_eq!(found.log, Some((Seq(3), Seq(3))), "a step of so small a log is an event");
        let event = found.event.unwrap();
        assert_eq!(event.event.to_string(), format!("{}@2", relatum::StreamId::from(account(1))));
        assert_ne!(event.certified, event.replayed);
        let cell = found.cell.unwrap();
        assert_eq!(
            (cell.certified.as_deref(), cell.replayed.as_deref()),
            (Some("750.00"), Some("740.00"))
        );
    }
    // A log that was cut.
    let cut = Engine::in_memory().unwrap();
    cut.replicate_all(shared[..4].iter().map(|it| it.bytes.as_slice())).unwrap();
    let Checked::Diverges(found) = read(&text).check(&cut, &aging()).unwrap() else { panic!() };
    assert_eq!(found.log, Some((Seq(5), Seq(5))));
}

#[test]
fn another_key_and_another_form_are_refused() {
    let engine = small();
    let (key, other) = (SigningKey::generate("k").unwrap(), SigningKey::generate("k").unwrap());
    let how = Certify { asked: "aging", key: Some(&key), proofs: Proofs::None };
    let signed = made(&engine, &aging(), &how);
    signed.verify(None).unwrap();
    let refused = signed.verify(Some(&other.verifier())).unwrap_err();
    assert_eq!(refused.to_string(), "the certificate is not signed by `k`, or was changed since");
    let unsigned = made(&engine, &aging(), &Certify { key: None, ..how });
    assert_eq!((unsigned.signer(), unsigned.verify(None)), (None, Ok(())));
    assert!(unsigned.verify(Some(&key.verifier())).is_err());
    let newer = unsigned.to_string().replacen("\"certificate\":1", "\"certificate\":2", 1);
    let error: CertificateError = newer.parse::<Certificate>().unwrap_err();
    assert_eq!(error, CertificateError::Format { found: 2, supported: 1 });
    let error = "{}\n".parse::<Certificate>().unwrap_err();
    assert!(matches!(error, CertificateError::NoCertificate { line: 1, .. }), "{error}");
    assert!("".parse::<Certificate>().is_err());
}

#[test]
fn a_book_of_nothing_and_one_before_anything_was_known_have_certificates() {
    let none = Engine::in_memory().unwrap();
    let certificate = none.as_of(day(0)).certify(&aging(), &Certify::default()).unwrap();
    assert_eq!((certificate.position(), certificate.known_at()), (Seq(0), None));
    assert_eq!(certificate.check(&none, &aging()).unwrap(), Checked::Equal);
    // Of nothing, whatever came since.
    record(&none, 1, invoice(0, 1, 100)).unwrap();
    assert_eq!(certificate.check(&none, &aging()).unwrap(), Checked::Equal);
    let engine = small();
    let before = engine.as_of(day(0)).known_at(Cut::start()).unwrap();
    let early = before.certify(&aging(), &Certify::default()).unwrap();
    assert_eq!(early.check(&engine, &aging()).unwrap(), Checked::Equal);
    append(&engine, Vec::new());
    let unknown = Proofs::Of(vec!["total/EUR/colour".parse().unwrap()]);
    let how = Certify { proofs: unknown, ..Certify::default() };
    assert!(matches!(engine.as_of(day(0)).certify(&aging(), &how), Err(Error::NotFound { .. })));
}

#[test]
fn a_certificate_that_asks_for_more_than_it_says_is_none() {
    let engine = small();
    let cell = "total/EUR/total".parse().unwrap();
    let how = Certify { asked: "aging", key: None, proofs: Proofs::Of(vec![cell]) };
    let text = made(&engine, &aging(), &how).to_string();
    let line = text.lines().find(|line| line.starts_with("{\"cell\"")).unwrap();
    let twice = text.replace(line, &format!("{line}\n{line}"));
    let counted = twice.replacen("\"explained\":1", "\"explained\":2", 1);
    for hostile in [twice, counted, text.replacen("\"explained\":1", "\"explained\":0", 1)] {
        let error = hostile.parse::<Certificate>().unwrap_err();
        assert!(error.to_string().contains("each once"), "{error}");
    }
    for step in ["0", "3", "18446744073709551615"] {
        let hostile = text.replacen("\"step\":1", &format!("\"step\":{step}"), 1);
        let Checked::Diverges(_) = read(&hostile).check(&engine, &aging()).unwrap() else {
            panic!("{step}")
        };
    }
}

#[test]
fn what_is_only_supposed_has_no_certificate_and_no_changes() {
    let engine = small();
    let now = engine.as_of(day(60));
    let supposed = relatum::Fact::new(account(1), invoice(30, 9, 100));
    let what_if = now.clone().what_if(vec![supposed]).unwrap();
    let refused = what_if.certify(&aging(), &Certify::default()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "a certificate is of the log alone, and facts were laid over it: ask without them"
    );
    assert!(matches!(what_if.changes_since(&now, &aging()), Err(Error::Speculative { .. })));
    assert!(matches!(now.changes_since(&what_if, &aging()), Err(Error::Speculative { .. })));
}

#[test]
fn one_about_accounts_that_are_one_checks_and_rests_on_their_streams_alone() {
    let told = |cents: [i64; 3]| {
        let engine = Engine::builder().clock(clock()).in_memory().unwrap();
        for (who, cents) in (1..).zip(cents) {
            record(&engine, who, invoice(1, who, cents)).unwrap();
        }
        merge(&engine, 1, 2).unwrap();
        engine
    };
    let about = AgingOptions { account: Some(account(1)), ..AgingOptions::default() };
    let how = Certify { asked: "aging", key: None, proofs: Proofs::None };
    let states = |engine: &Engine, report: &dyn Report| {
        let text = made(engine, report, &how).to_string();
        let states = text.lines().filter(|line| line.contains("\"projection\""));
        states.map(str::to_owned).collect::<Vec<_>>()
    };
    let engine = told([100, 200, 300]);
    let of_one = states(&engine, &about);
    // The two, and that of the tenant.
    assert!(
        !of_one.is_empty() && of_one.iter().all(|it| it.contains("\"streams\":3")),
        "{of_one:?}"
    );
    assert_eq!(of_one, states(&told([100, 200, 999]), &about), "what is no part of it");
    assert_ne!(of_one, states(&told([100, 999, 300]), &about), "what is told of the other");
    assert!(states(&engine, &aging()).iter().all(|it| it.contains("\"streams\":4")));

    let certificate = made(&engine, &about, &how);
    record(&engine, 2, paid(2, 9, 50, vec![settles(2, 50)])).unwrap();
    record(&engine, 3, paid(2, 8, 50, vec![settles(3, 50)])).unwrap();
    let split = AccountsSplit { account: account(2), reason: None };
    engine.split_account(day(60), Actor::system("test"), split).unwrap();
    assert_eq!(read(&certificate.to_string()).check(&engine, &about).unwrap(), Checked::Equal);
}
