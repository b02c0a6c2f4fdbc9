//! What the operator says of peers, why they are where they are, and what is remembered of them.

use std::fs;
use std::time::Duration;

use cl_node::{Event, Events, NodeHandle, PeerRef, Range};

use crate::support::{alone, await_event, gone, introduce, quiet_chain, ready, start};

async fn reference(node: &NodeHandle) -> PeerRef {
    node.info().await.unwrap().record.into()
}

async fn goodbye(events: &mut Events) -> u64 {
    await_event(events, "goodbye", |event| match event {
        Event::GoodbyeReceived { code, .. } => Some(*code),
        _ => None,
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_explanation_follows_a_peer_from_the_dial_to_the_goodbye() {
    let (ours, mut our_events) = start(alone(quiet_chain())).await;
    let (theirs, mut their_events) = start(alone(quiet_chain())).await;
    let peer = theirs.info().await.unwrap().peer;
    assert!(ours.explain(peer).await.unwrap().is_none(), "never heard of");
    introduce(&ours, &theirs).await;
    ready(&mut our_events).await;
    ready(&mut their_events).await;
    let while_ready = ours.explain(peer).await.unwrap().unwrap();
    let json = serde_json::to_value(&while_ready).unwrap();
    assert_eq!((&json["state"], &json["is_static"]), (&"ready".into(), &true.into()), "{json}");
    assert!(json["dialled_because"].is_string(), "{json}");
    assert!(!json["kept_because"].as_array().unwrap().is_empty(), "{json}");
    assert!(json["traffic"]["asked"]["requests"].as_u64().unwrap() >= 2, "Status and MetaData: {json}");
    assert!(json["score"]["total"].as_f64().is_some(), "{json}");
    assert!(while_ready.to_string().contains(&peer.to_string()));
    theirs.shutdown().await;
    assert!(gone(&mut our_events).await.contains("goodbye"));
    let json = serde_json::to_value(ours.explain(peer).await.unwrap().unwrap()).unwrap();
    assert_eq!((&json["goodbyes"][0]["code"], &json["goodbyes"][0]["ours"]), (&1.into(), &false.into()), "{json}");
    assert!(json["history"].as_array().unwrap().len() >= 4, "{json}");
    ours.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_static_peer_is_redialled_when_it_is_lost() {
    let (ours, mut our_events) = start(alone(quiet_chain())).await;
    let (theirs, mut their_events) = start(alone(quiet_chain())).await;
    let info = theirs.info().await.unwrap();
    ours.add_static(reference(&theirs).await).await.unwrap();
    let is_static = async |node: &NodeHandle| {
        node.peers().await.unwrap().iter().find(|peer| peer.peer == info.peer).unwrap().is_static
    };
    for _ in 0..2 {
        ready(&mut our_events).await;
        ready(&mut their_events).await;
        assert!(is_static(&ours).await);
        let us = ours.info().await.unwrap().peer;
        theirs.disconnect(us, cl_types::GoodbyeReason::FAULT).await.unwrap();
        assert!(gone(&mut our_events).await.contains("goodbye"));
    }
    ready(&mut our_events).await;
    ours.remove_static(info.peer).await.unwrap();
    assert!(!is_static(&ours).await);
    ours.shutdown().await;
    theirs.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_banned_range_is_left_and_refused_until_it_is_unbanned() {
    let (ours, mut our_events) = start(alone(quiet_chain())).await;
    let (theirs, mut their_events) = start(alone(quiet_chain())).await;
    ours.add(reference(&theirs).await).await.unwrap();
    ready(&mut our_events).await;
    ready(&mut their_events).await;
    let range: Range = "127.0.0.0/8".parse().unwrap();
    assert!(ours.ban_range(range, Some(Duration::from_secs(600))).await.unwrap());
    assert_eq!(goodbye(&mut their_events).await, 252);
    assert!(gone(&mut our_events).await.contains("banned"));
    gone(&mut their_events).await;
    // Others who come from there are told so too.
    let (newcomer, mut events) = start(alone(quiet_chain())).await;
    introduce(&newcomer, &ours).await;
    assert_eq!(goodbye(&mut events).await, 252);
    newcomer.shutdown().await;
    assert!(ours.unban_range(range).await.unwrap());
    assert!(!ours.unban_range(range).await.unwrap(), "it was lifted before");
    ours.add(reference(&theirs).await).await.unwrap();
    ready(&mut our_events).await;
    ours.shutdown().await;
    theirs.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_banned_peer_hears_251_and_may_come_back_when_the_ban_is_lifted() {
    let (ours, mut our_events) = start(alone(quiet_chain())).await;
    let (theirs, mut their_events) = start(alone(quiet_chain())).await;
    let info = theirs.info().await.unwrap();
    let address = cl_enr::multiaddrs(&info.record).remove(0).with_p2p(info.peer).unwrap();
    ours.add_static(address.to_string().parse::<PeerRef>().unwrap()).await.unwrap();
    ready(&mut our_events).await;
    ready(&mut their_events).await;
    ours.ban(info.peer, None).await.unwrap();
    assert_eq!(goodbye(&mut their_events).await, 251);
    gone(&mut our_events).await;
    let banned = ours.peers().await.unwrap();
    assert!(banned.iter().any(|peer| peer.peer == info.peer && peer.banned_until.is_some()), "{banned:?}");
    ours.unban(info.peer).await.unwrap();
    ours.add(reference(&theirs).await).await.unwrap();
    ready(&mut our_events).await;
    ours.remove(info.peer).await.unwrap();
    gone(&mut our_events).await;
    assert!(ours.explain(info.peer).await.unwrap().is_none(), "forgotten");
    ours.shutdown().await;
    theirs.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn peers_are_found_again_after_a_restart_and_a_damaged_table_is_kept_aside() {
    let dir = tempfile::tempdir().unwrap();
    let config = || alone(quiet_chain()).data_dir(dir.path());
    let (theirs, _their_events) = start(alone(quiet_chain())).await;
    let (ours, mut our_events) = start(config()).await;
    ours.add(reference(&theirs).await).await.unwrap();
    ready(&mut our_events).await;
    ours.shutdown().await;
    #[cfg(unix)]
    {
        let facts = fs::metadata(dir.path().join("peers")).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&facts.permissions());
        assert_eq!(mode & 0o777, 0o600, "for the owner alone");
    }

    // Nobody tells it anything: it remembers.
    let (ours, mut our_events) = start(config()).await;
    ready(&mut our_events).await;
    ours.shutdown().await;

    fs::write(dir.path().join("peers"), "not a table").unwrap();
    let (ours, _our_events) = start(config()).await;
    assert!(ours.peers().await.unwrap().is_empty());
    ours.shutdown().await;
    assert_eq!(fs::read_to_string(dir.path().join("peers.damaged")).unwrap(), "not a table");
    theirs.shutdown().await;
}
