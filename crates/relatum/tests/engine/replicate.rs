//! Copies of a log: byte for byte, in order, or not at all.

use relatum::log::AppendError;
use relatum::{Class, Engine, Error, Fact, QuotaOptions};

use crate::books::{account, adjusted, append, commits, on_both, record};

#[test]
fn a_copy_has_the_same_bytes_and_gives_the_same_answers() {
    on_both(|copy| {
        let engine = Engine::in_memory().unwrap();
        for number in 0..150_u64 {
            append(
                &engine,
                vec![Fact::new(account(number % 7), adjusted(number, number.to_string()))],
            );
        }
        let all = commits(&engine);
        let head = copy.replicate_all(all.iter().map(|it| it.bytes.as_slice())).unwrap();
        assert_eq!(head, engine.head().unwrap());
        assert_eq!(commits(copy), all);
        assert_eq!(
            copy.as_of(crate::books::day(99)).quota(&QuotaOptions::default()).unwrap(),
            engine.as_of(crate::books::day(99)).quota(&QuotaOptions::default()).unwrap()
        );
        assert_eq!(copy.replicate_all(Vec::<Vec<u8>>::new()).unwrap(), head);
    });
}

#[test]
fn what_does_not_follow_is_refused_and_what_came_before_stays() {
    on_both(|copy| {
        let engine = Engine::in_memory().unwrap();
        for number in 0..5 {
            record(&engine, 1, adjusted(0, number.to_string())).unwrap();
        }
        let all = commits(&engine);
        let skipping = [&all[0], &all[1], &all[3], &all[4]];
        let error = copy.replicate_all(skipping.map(|it| it.bytes.as_slice())).unwrap_err();
        assert!(matches!(error, Error::Append(AppendError::CopyRefused { .. })), "{error}");
        assert_eq!(error.class(), Class::Refused);
        assert_eq!(commits(copy), all[..2]);
        assert_eq!(copy.as_of(crate::books::day(0)).book().unwrap().lines[0].events, 2);
        assert!(copy.replicate(all[0].bytes.as_slice()).is_err(), "there already");
        copy.replicate(all[2].bytes.as_slice()).unwrap();
        assert!(copy.replicate(b"nonsense".as_slice()).is_err());
        assert_eq!(commits(copy), all[..3]);
    });
}
