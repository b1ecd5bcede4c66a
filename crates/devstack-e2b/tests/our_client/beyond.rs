//! What our client does beyond the cases that it shares with the official ones.

use devstack_e2b::Service;
use e2b::{ApiKey, Control, E2bError, EnvdError};

use super::client::{BOTH, Client, wanted};
use super::files::{put, told_by};

#[tokio::test]
async fn refusals_of_the_service_are_told_apart() {
    for service in BOTH {
        let client = Client::alone(service).await;
        let mut eternal = wanted("x");
        eternal.life_seconds = 100 * 86_400;
        assert!(matches!(
            client.control().create(&eternal).await,
            Err(E2bError::LifeTooLong { .. })
        ));
        if service == Service::E2b {
            let key = &client.stack.as_ref().unwrap().blocked_key;
            let blocked = ApiKey::parse(key).unwrap();
            let blocked = Control::new(&client.http, &client.endpoint, &blocked);
            assert!(matches!(
                blocked.check_key().await,
                Err(E2bError::Blocked { .. })
            ));
        }
        client.stop().await;
    }
}

#[tokio::test]
async fn files_go_in_by_lots_and_parts_which_are_summed_joined_and_packed() {
    for service in BOTH {
        let client = Client::alone(service).await;
        let sandbox = client.sandbox("lots").await;
        let envd = client.envd(&sandbox);
        let lot = envd.upload_many_request(["/data/in put/a \"b\".csv", "/data/ž"], "XX");
        let written = put(&client, lot.unwrap(), &[b"1\r\n--X", b""]).await;
        assert_eq!(written[0].path, "/data/in put/a \"b\".csv");
        let read = envd.read_file("/data/in put/a \"b\".csv").await.unwrap();
        assert_eq!(read, "1\r\n--X");

        let parts: Vec<String> = (0..3).map(|at| format!("/tmp/.kbc-e2b/u/{at}")).collect();
        // Once more: what is there is replaced as a whole.
        for content in [b"first", b"x"] as [&[u8]; 2] {
            for path in &parts {
                let request = envd.upload_request(path, "XX").unwrap();
                put(&client, request, &[content]).await;
            }
            envd.join(&parts, "/data/deep/er/large.bin").await.unwrap();
        }
        let sums = envd.sha256_of(["/data/deep/er/large.bin", "/nowhere", "/data/ž"]);
        let xxx = "cd2eb0837c9b4c962c22d2ff8b5441b7b45805887f051d39bf133b583baf6860";
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(
            sums.await.unwrap(),
            [Some(xxx.to_owned()), None, Some(empty.to_owned())]
        );
        assert!(matches!(
            envd.join(&parts, "/data/deep/er/large.bin").await,
            Err(EnvdError::NotFound { .. } | EnvdError::Refused { .. })
        ));
        let still = envd.read_file("/data/deep/er/large.bin").await.unwrap();
        assert_eq!(still, "xxx");

        envd.pack("/data/deep", "/tmp/.kbc-e2b/archives/d.tar.gz")
            .await
            .unwrap();
        let list = "tar -tzf /tmp/.kbc-e2b/archives/d.tar.gz | sort";
        assert_eq!(
            told_by(&client, &sandbox, list).await,
            "deep/\ndeep/er/\ndeep/er/large.bin\n"
        );
        let missing = envd
            .pack("/nowhere", "/tmp/.kbc-e2b/archives/n.tar.gz")
            .await;
        assert!(matches!(missing, Err(EnvdError::Refused { .. })));
        client.stop().await;
    }
}
