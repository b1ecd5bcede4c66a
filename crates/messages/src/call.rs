//! The envelope of a call, and how it is written down.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{Problem, ProblemCode};

/// The two places that answer calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The service worker.
    Worker,
    /// The offscreen document.
    Engine,
}

/// A request that has exactly one reply.
pub trait Call: Serialize {
    /// What comes back.
    type Reply: Serialize + DeserializeOwned + 'static;
    /// Who answers.
    const PLACE: Place;
    /// The call's name on the wire.
    const NAME: &'static str;
}

/// A call on its way: to whom, which, and its fields as JSON text.
///
/// The three fields become the three string properties of the message object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Who shall answer; every other listener ignores the message.
    pub to: Place,
    /// [`Call::NAME`].
    pub name: String,
    /// The call's own fields, as JSON text.
    pub body: String,
}

impl Envelope {
    /// Puts a call into its envelope.
    ///
    /// # Errors
    /// When the call cannot be written as JSON.
    pub fn seal<C: Call>(call: &C) -> Result<Self, Problem> {
        let body = serde_json::to_string(call).map_err(|error| internal(C::NAME, &error))?;
        Ok(Self {
            to: C::PLACE,
            name: C::NAME.to_owned(),
            body,
        })
    }

    /// Reads the call out of its envelope.
    ///
    /// # Errors
    /// When the body is not the JSON of a `C`.
    pub fn open<C: DeserializeOwned>(&self) -> Result<C, Problem> {
        serde_json::from_str(&self.body).map_err(|error| internal(&self.name, &error))
    }
}

/// Writes a reply, or the problem that came instead of it.
#[must_use]
pub fn encode_reply<R: Serialize>(reply: &Result<R, Problem>) -> String {
    serde_json::to_string(reply).unwrap_or_else(|error| {
        let problem: Result<(), Problem> = Err(internal("reply", &error));
        serde_json::to_string(&problem).unwrap_or_default()
    })
}

/// Reads what [`encode_reply`] wrote.
///
/// # Errors
/// The problem that came instead of a reply, or [`ProblemCode::Internal`] for a text that is none.
pub fn decode_reply<R: DeserializeOwned>(text: &str) -> Result<R, Problem> {
    let reply = value_of(text)?;
    serde_json::from_str(reply).map_err(|error| internal("reply", &error))
}

/// The JSON of the value in a reply. Taken apart by hand: a reader of `Result` for each kind of reply
/// would be a tenth of the panel's wasm.
fn value_of(text: &str) -> Result<&str, Problem> {
    let inside = |head| text.strip_prefix(head)?.strip_suffix('}');
    if let Some(value) = inside(r#"{"Ok":"#) {
        return Ok(value);
    }
    let problem = inside(r#"{"Err":"#).unwrap_or_default();
    Err(serde_json::from_str(problem).unwrap_or_else(|error| internal("reply", &error)))
}

fn internal(name: &str, error: &serde_json::Error) -> Problem {
    // serde's text can quote the value, which may be a secret: only its kind and place are kept.
    Problem::with(
        ProblemCode::Internal,
        format!(
            "{name}: {:?} at column {}",
            error.classify(),
            error.column()
        ),
    )
}

/// Declares the calls of one place: the set as an enum for an exhaustive dispatch, and each call's
/// reply.
macro_rules! calls {
    (
        $(#[$doc:meta])*
        $set:ident at $place:ident {
            $( $call:ident => $reply:ty, )*
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $set {
            $( #[doc = concat!("See [`", stringify!($call), "`].")] $call($call), )*
        }

        impl $set {
            /// Reads the call out of its envelope.
            ///
            /// # Errors
            /// When the name is not of this place or the body does not fit.
            pub fn open(envelope: &$crate::Envelope) -> Result<Self, $crate::Problem> {
                match envelope.name.as_str() {
                    $( stringify!($call) => envelope.open().map(Self::$call), )*
                    other => Err($crate::Problem::with(
                        $crate::ProblemCode::Internal,
                        format!("no call named {other}"),
                    )),
                }
            }
        }

        $(
            impl $crate::Call for $call {
                type Reply = $reply;
                const PLACE: $crate::Place = $crate::Place::$place;
                const NAME: &'static str = stringify!($call);
            }
        )*
    };
}
pub(crate) use calls;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::{ForgetToken, WorkerCall};

    #[test]
    fn a_call_comes_out_as_it_went_in() {
        let page = "https://connection.keboola.com/admin/projects/1/components/kds-team.app-custom-python/2";
        let configuration = crate::ConfigurationUrl::parse(page).unwrap();
        let envelope = Envelope::seal(&ForgetToken {
            configuration: configuration.clone(),
        })
        .unwrap();
        match WorkerCall::open(&envelope).unwrap() {
            WorkerCall::ForgetToken(call) => assert_eq!(call.configuration, configuration),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_reply_is_a_value_or_a_problem() {
        let ok: Result<u8, Problem> = Ok(7);
        assert_eq!(decode_reply::<u8>(&encode_reply(&ok)), Ok(7));
        let problem = Problem::with(ProblemCode::TokenInvalid, "x");
        let err: Result<u8, Problem> = Err(problem.clone());
        assert_eq!(decode_reply::<u8>(&encode_reply(&err)), Err(problem));
        for bad in ["", "7", "{}", r#"{"Ok":7"#, r#"{"Ok":"x"}"#, r#"{"Err":7}"#] {
            let code = decode_reply::<u8>(bad).unwrap_err().code;
            assert_eq!(code, ProblemCode::Internal, "{bad}");
        }
    }

    #[test]
    fn a_bad_envelope_names_no_value() {
        let envelope = Envelope {
            to: Place::Worker,
            name: "StoreE2bKey".to_owned(),
            body: r#"{"key": 5, "was": "e2b_secret"}"#.to_owned(),
        };
        let problem = WorkerCall::open(&envelope).unwrap_err();
        assert_eq!(problem.code, ProblemCode::Internal);
        assert!(!format!("{problem:?}").contains("secret"));
        let unknown = Envelope {
            name: "Nope".to_owned(),
            ..envelope
        };
        assert!(WorkerCall::open(&unknown).is_err());
    }
}
