use std::cell::RefCell;
use std::collections::VecDeque;

use bytes::Bytes;
use futures::executor::block_on;
use futures::stream::Empty;
use http::{Method, Request, Response};
use proptest::prelude::*;
use serde_json::json;
use transport::HttpError;

use super::*;
use crate::page::StackHost;
use crate::token::StorageToken;

const ME: &str = "me";
const ANNA: &str = "anna@x.test";
const SECRET: &str = "hunter2";

/// A Storage with one configuration, in which others write between our requests.
struct Shop {
    /// Each version: its text, who made it, and what was said.
    versions: RefCell<Vec<(String, String, String)>>,
    /// What happens just before a request of ours is served, one for each request.
    between: RefCell<VecDeque<Between>>,
    requests: RefCell<Vec<String>>,
}

#[derive(Clone, Debug)]
enum Between {
    Nothing,
    /// Another sets a parameter, as somebody who has just read the configuration.
    Writes(&'static str, u8),
    /// Another saves a page that was opened at this version: all that came since is replaced.
    SavesOld(usize, &'static str, u8),
    /// Our request is not served.
    Unreachable,
    /// Our request is served and the answer lost.
    AnswerLost,
    /// Storage refuses.
    Answers(u16),
}

impl Shop {
    fn new(text: &str, between: Vec<Between>) -> Self {
        Self {
            versions: RefCell::new(vec![(text.to_owned(), ANNA.into(), "first".into())]),
            between: RefCell::new(between.into()),
            requests: RefCell::default(),
        }
    }

    fn document(&self, version: usize) -> Document {
        Document::parse(&self.versions.borrow()[version - 1].0).unwrap()
    }

    fn newest(&self) -> (usize, Document) {
        let number = self.versions.borrow().len();
        (number, self.document(number))
    }

    fn write(&self, text: &str, by: &str, said: &str) {
        let version = (text.to_owned(), by.to_owned(), said.to_owned());
        self.versions.borrow_mut().push(version);
    }

    fn other_writes(&self, on: &Document, key: &str, value: u8) {
        let path = ["parameters", "user_properties", key];
        let document = on.set(&path, &value.to_string()).unwrap();
        self.write(document.text(), ANNA, "by hand");
    }

    fn serve(&self, request: &Request<Bytes>) -> (u16, String) {
        let uri = request.uri().to_string();
        let body = String::from_utf8(request.body().to_vec()).unwrap();
        self.requests
            .borrow_mut()
            .push(format!("{} {uri} {body}", request.method()));
        if uri.contains("/encrypt?") {
            let asked: serde_json::Map<String, Value> = serde_json::from_str(&body).unwrap();
            let answer = asked
                .keys()
                .map(|key| (key.clone(), json!("KBC::ConfigSecure::x")));
            return (200, Value::Object(answer.collect()).to_string());
        }
        let detail = |number: usize| {
            let text = self.versions.borrow()[number - 1].0.clone();
            // PHP makes lists of empty objects.
            let text = text.replace("{}", "[]");
            format!(r#"{{"id":"1","name":"Zoo","version":{number},"configuration":{text}}}"#)
        };
        let count = self.versions.borrow().len();
        if request.method() == Method::PUT {
            let sent: serde_json::Map<String, Value> = serde_json::from_str(&body).unwrap();
            let description = sent["changeDescription"].as_str().unwrap().to_owned();
            let document = Document::parse(&body).unwrap();
            self.write(document.get(&["configuration"]).unwrap(), ME, &description);
            return (200, detail(count + 1));
        }
        if uri.contains("/versions?") {
            let all = self.versions.borrow();
            let all = all.iter().enumerate().rev().map(|(at, (_, by, said))| {
                json!({"version": at + 1, "created": "2026-03-15T03:09:26Z",
                    "creatorToken": {"description": by}, "changeDescription": said})
            });
            return (200, Value::Array(all.collect()).to_string());
        }
        match uri.rsplit_once("/versions/") {
            Some((_, number)) => (200, detail(number.parse().unwrap())),
            None => (200, detail(count)),
        }
    }
}

impl Http for Shop {
    type Body = Empty<Result<Bytes, HttpError>>;

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let between = self.between.borrow_mut().pop_front();
        let reply = |(status, body): (u16, String)| {
            Response::builder()
                .status(status)
                .header("content-type", "application/json")
                .body(Bytes::from(body))
                .map_err(|_| HttpError::TimedOut)
        };
        match between.unwrap_or(Between::Nothing) {
            Between::Nothing => {}
            Between::Writes(key, value) => self.other_writes(&self.newest().1, key, value),
            Between::SavesOld(version, key, value) => {
                let version = version.min(self.newest().0);
                self.other_writes(&self.document(version), key, value);
            }
            Between::Unreachable => return Err(HttpError::Unreachable("down".into())),
            Between::AnswerLost => {
                self.serve(&request);
                return Err(HttpError::TimedOut);
            }
            Between::Answers(status) => {
                self.requests.borrow_mut().push("refused".to_owned());
                return reply((status, r#"{"error":"no","code":"x"}"#.to_owned()));
            }
        }
        reply(self.serve(&request))
    }

    async fn open(&self, _: Request<Bytes>) -> Result<Response<Self::Body>, HttpError> {
        Err(HttpError::TimedOut)
    }

    async fn pause(&self, _: Duration) -> bool {
        true
    }
}

const TEXT: &str = r##"{"parameters":{"code":"print(1)\n","user_properties":{"a":0,"b":0,"n":1e5},"x":{}},"storage":{}}"##;

fn edit(key: &str, value: &str) -> Edit {
    (Field::Parameter(key.to_owned()), Some(value.to_owned()))
}

/// Saves edits that began from the first version, reviewed at `reviewed`.
fn save(
    shop: &Shop,
    edits: &[Edit],
    reviewed: u64,
    choice: Option<Keep>,
) -> Result<Saved, SaveError> {
    let host = StackHost::parse("connection.keboola.com").unwrap();
    let token = StorageToken::parse("1-2-abcdefghij").unwrap();
    let storage = Storage::new(shop, &host, None, &token);
    let base = Document::parse(&TEXT.replace("{}", "[]")).unwrap();
    let encryption = Encryption {
        http: shop,
        url: "https://encryption.keboola.com".to_owned(),
        component: "c",
        project: "33",
        configuration: "1",
    };
    let save = Save {
        base: &base,
        edits,
        reviewed,
        choice: &|_| choice,
        description: "Edited a",
    };
    block_on(storage.save_configuration("c", "1", &save, &encryption))
}

fn puts(shop: &Shop) -> usize {
    let requests = shop.requests.borrow();
    requests.iter().filter(|it| it.starts_with("PUT ")).count()
}

#[test]
fn what_is_written_is_the_text_with_the_edits_in_it() {
    let shop = Shop::new(TEXT, Vec::new());
    let edits = [edit("a", "1.50"), edit("#key", &format!("\"{SECRET}\""))];
    assert_eq!(save(&shop, &edits, 1, None), Ok(Saved::Written(2)));
    let after = r##"{"parameters":{"code":"print(1)\n","user_properties":{"a":1.50,"b":0,"n":1e5,"#key":"KBC::ConfigSecure::x"},"x":[]},"storage":{}}"##;
    assert_eq!(shop.newest().1.text(), after);
    let requests = shop.requests.borrow();
    let with_secret: Vec<_> = requests.iter().filter(|it| it.contains(SECRET)).collect();
    assert_eq!(with_secret.len(), 1);
    assert!(with_secret[0].starts_with("POST https://encryption.keboola.com/encrypt?"));
}

#[test]
fn what_is_there_already_is_not_written() {
    for (edits, choice) in [
        (vec![], None),
        (vec![edit("a", "0")], None),
        (vec![edit("n", "100000")], None),
    ] {
        let shop = Shop::new(TEXT, Vec::new());
        assert_eq!(save(&shop, &edits, 1, choice), Ok(Saved::Unchanged));
        assert_eq!(puts(&shop), 0);
    }
    // They keep theirs.
    let shop = Shop::new(TEXT, vec![Between::Writes("a", 5)]);
    let kept = save(&shop, &[edit("a", "1")], 2, Some(Keep::Theirs));
    assert_eq!((kept, puts(&shop)), (Ok(Saved::Unchanged), 0));
}

#[test]
fn another_version_than_was_reviewed_is_not_written_to() {
    for (key, conflicts) in [("b", 0), ("a", 1)] {
        let shop = Shop::new(TEXT, vec![Between::Writes(key, 5)]);
        let Ok(Saved::Moved(review)) = save(&shop, &[edit("a", "1")], 1, Some(Keep::Mine)) else {
            panic!("written over {key}");
        };
        assert_eq!(review.current.version, 2);
        assert_eq!(review.merge.conflicts.len(), conflicts);
        assert_eq!(puts(&shop), 0);
    }
    let shop = Shop::new(TEXT, vec![Between::Writes("a", 5)]);
    let unchosen = save(&shop, &[edit("a", "1")], 2, None);
    assert!(matches!(unchosen, Ok(Saved::Moved(_))), "{unchosen:?}");
    let shop = Shop::new(TEXT, vec![Between::Writes("a", 5)]);
    let mine = save(&shop, &[edit("a", "1")], 2, Some(Keep::Mine));
    assert_eq!(mine, Ok(Saved::Written(3)));
}

#[test]
fn a_write_between_the_read_and_the_write_is_told() {
    let shop = Shop::new(TEXT, vec![Between::Nothing, Between::Writes("b", 5)]);
    let Ok(Saved::Overtaken(told)) = save(&shop, &[edit("a", "1")], 1, None) else {
        panic!("not told");
    };
    assert_eq!(told.own, 3);
    assert_eq!(told.replaced, ["user_properties.b"]);
    let others: Vec<_> = told
        .others
        .iter()
        .map(|it| (it.number, &*it.author))
        .collect();
    assert_eq!(others, [(2, ANNA)]);
}

#[test]
fn a_write_after_ours_is_told_with_what_it_replaced() {
    let after = |between| vec![Between::Nothing, Between::Nothing, between];
    let shop = Shop::new(TEXT, after(Between::SavesOld(1, "b", 5)));
    let Ok(Saved::Overtaken(told)) = save(&shop, &[edit("a", "1")], 1, None) else {
        panic!("not told");
    };
    assert_eq!(
        (told.own, told.replaced),
        (2, vec!["user_properties.a".to_owned()])
    );
    // Somebody who has read ours replaces nothing of it.
    let shop = Shop::new(TEXT, after(Between::Writes("b", 5)));
    let Ok(Saved::Overtaken(told)) = save(&shop, &[edit("a", "1")], 1, None) else {
        panic!("not told");
    };
    assert_eq!(
        (told.own, told.replaced.len(), told.others.len()),
        (2, 0, 1)
    );
}

#[test]
fn a_write_without_an_answer_is_looked_up_and_never_done_twice() {
    let lost = vec![Between::Nothing, Between::AnswerLost];
    let shop = Shop::new(TEXT, lost);
    assert_eq!(
        save(&shop, &[edit("a", "1")], 1, None),
        Ok(Saved::Written(2))
    );
    assert_eq!(puts(&shop), 1);

    let never = vec![Between::Nothing, Between::Unreachable];
    let shop = Shop::new(TEXT, never);
    assert_eq!(
        save(&shop, &[edit("a", "1")], 1, None),
        Ok(Saved::Written(2))
    );
    assert_eq!(puts(&shop), 1);

    // Not written, and somebody else wrote before it could be sent again.
    let moved = vec![
        Between::Nothing,
        Between::Unreachable,
        Between::Writes("b", 5),
    ];
    let shop = Shop::new(TEXT, moved);
    let told = save(&shop, &[edit("a", "1")], 1, None);
    assert!(matches!(told, Ok(Saved::Moved(_))), "{told:?}");
    assert_eq!(puts(&shop), 0);

    let dead =
        std::iter::once(Between::Nothing).chain(std::iter::repeat_n(Between::Unreachable, 50));
    let shop = Shop::new(TEXT, dead.collect());
    let told = save(&shop, &[edit("a", "1")], 1, None);
    assert!(matches!(told, Err(SaveError::Unknown(_))), "{told:?}");
}

#[test]
fn refusals_are_told_as_they_are() {
    for (status, tries) in [(403, 1), (404, 1), (400, 1)] {
        let shop = Shop::new(TEXT, vec![Between::Nothing, Between::Answers(status)]);
        let told = save(&shop, &[edit("a", "1")], 1, None);
        assert!(matches!(told, Err(SaveError::Call(_))), "{told:?}");
        assert_eq!(shop.requests.borrow().len(), 1 + tries);
    }
    // A race of two writes: the loser looks, and writes again.
    let shop = Shop::new(TEXT, vec![Between::Nothing, Between::Answers(409)]);
    assert_eq!(
        save(&shop, &[edit("a", "1")], 1, None),
        Ok(Saved::Written(2))
    );
    let race = vec![
        Between::Nothing,
        Between::Answers(409),
        Between::Writes("a", 5),
    ];
    let shop = Shop::new(TEXT, race);
    let told = save(&shop, &[edit("a", "1")], 1, None);
    assert!(matches!(told, Ok(Saved::Moved(_))), "{told:?}");
}

#[test]
fn without_encryption_nothing_is_written() {
    let shop = Shop::new(TEXT, vec![Between::Nothing, Between::Answers(503)]);
    let edits = [edit("#key", &format!("\"{SECRET}\""))];
    let told = save(&shop, &edits, 1, None);
    assert!(matches!(told, Err(SaveError::Encrypt(_))), "{told:?}");
    assert_eq!((puts(&shop), shop.newest().0), (0, 1));
}

#[test]
fn what_storage_would_not_take_is_not_sent() {
    let shop = Shop::new(TEXT, Vec::new());
    let long = format!("\"{}\"", "x".repeat(LARGEST));
    let told = save(&shop, &[edit("a", &long)], 1, None);
    assert!(
        matches!(told, Err(SaveError::TooLarge(LARGEST..))),
        "{told:?}"
    );
    assert_eq!(puts(&shop), 0);
}

fn between() -> impl Strategy<Value = Between> {
    let key = prop::sample::select(vec!["a", "b", "c"]);
    prop_oneof![
        5 => Just(Between::Nothing),
        3 => (key.clone(), 1..4_u8).prop_map(|(key, value)| Between::Writes(key, value)),
        3 => (1..4_usize, key, 1..4_u8).prop_map(|(version, key, value)| Between::SavesOld(version, key, value)),
        1 => Just(Between::Unreachable),
        1 => Just(Between::AnswerLost),
        1 => Just(Between::Answers(409)),
    ]
}

/// What the values of the parameters are.
fn values(document: &Document) -> [Option<String>; 3] {
    ["a", "b", "c"].map(|key| {
        let value = document.get(&["parameters", "user_properties", key]);
        value.map(str::to_owned)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever others write and whatever is lost, between whichever requests: no version of theirs
    /// that our write replaced, and no edit of ours that they replaced, goes untold.
    #[test]
    fn no_edit_is_lost_without_a_word(between in prop::collection::vec(between(), 0..9)) {
        let shop = Shop::new(TEXT, between);
        let outcome = save(&shop, &[edit("a", "7")], 1, None);
        let at = |version: usize| values(&shop.document(version));
        let own: Vec<usize> = (1..=shop.newest().0)
            .filter(|it| shop.versions.borrow()[it - 1].1 == ME)
            .collect();
        prop_assert!(own.len() <= 1, "written {} times", own.len());
        match (&outcome, own.first()) {
            (Ok(Saved::Written(number)), Some(own)) => {
                prop_assert_eq!(*number, *own as u64);
                prop_assert_eq!(*own, 2, "others wrote between");
            }
            (Ok(Saved::Overtaken(told)), Some(own)) => {
                prop_assert_eq!(told.own, *own as u64);
                // Others' edits that our write replaced.
                let (first, before, mine) = (at(1), at(own - 1), at(*own));
                for (place, key) in ["a", "b", "c"].into_iter().enumerate() {
                    let lost = before[place] != first[place] && mine[place] != before[place];
                    let name = format!("user_properties.{key}");
                    prop_assert!(!lost || told.replaced.contains(&name), "{} untold", name);
                }
                // Every version in between is listed.
                for number in 2..*own as u64 {
                    prop_assert!(told.others.iter().any(|it| it.number == number));
                }
            }
            (Ok(Saved::Moved(_) | Saved::Unchanged), own) => prop_assert!(own.is_none()),
            (Err(SaveError::Unverified { .. } | SaveError::Unknown(_)), _) => {}
            (Err(_), own) => prop_assert!(own.is_none(), "{:?}", outcome),
            (outcome, own) => prop_assert!(false, "{outcome:?} {own:?}"),
        }
    }
}
