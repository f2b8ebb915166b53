"""Named mutations of our own code and SQL, each an attack on a promise of the queue, and the tests that must notice.

The promises, by number: 1 nothing is lost, 2 one at a time, 3 the index never goes back in time, 4 all or nothing, 5 fenced, 6 enqueue never
waits, 7 coalesced at claim, 8 attempts are for jobs, 9 one bad job stays one, 10 no invented vectors, 11 no transaction while the embedder
works, 12 stopping is safe, 13 tenants are apart.
"""

from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]

ROOMS = ("queue", "index", "search", "schema", "db")


def sql_file(name):
    """The one of a room's statements that has this name."""
    return next(f"lib/{room}/sql/{name}" for room in ROOMS if (SOURCE / f"lib/{room}/sql/{name}").exists())



@dataclass(frozen=True)
class Edit:
    """Replaces `old`, which must stand in `file` exactly once."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutation:
    name: str
    promise: int
    edits: tuple[Edit, ...]
    program: str  # of the tests
    tests: str  # a Catch2 filter
    quick: bool = False


def sql(name, promise, file, old, new, tests, program="pg_test", quick=False):
    return Mutation(name, promise, (Edit(sql_file(file), old, new),), program, tests, quick)


def code(name, promise, file, old, new, tests, program="worker_test"):
    return Mutation(name, promise, (Edit(file, old, new),), program, tests)


def plural(name, promise, edits, tests, program="pg_test", quick=False):
    return Mutation(name, promise, tuple(Edit(*edit) for edit in edits), program, tests, quick)


TABLES = "tables/queue_archive.sql"
INSERT = "      VALUES ($6, $1, $2, $3, $4, $5);"
SOURCE_INDEX = "CREATE INDEX rag_index_queue_archive_source ON rag_index_queue_archive (organization_id, source_id);"
PENDING_INDEX = SOURCE_INDEX + (
    "\nCREATE UNIQUE INDEX rag_index_queue_one ON rag_index_queue (organization_id, source_type, source_id) WHERE status = 'pending';"
)
TOKEN = " AND q.token = claimed.token"

MUTATIONS = (
    # 1. Nothing is lost.
    sql("a release ends the job", 1, "functions/rag_leave.sql", "THEN 'failed' ELSE 'pending' END", "THEN 'failed' WHEN how = 'release' THEN 'done' ELSE 'pending' END", "a release gives the job back*", quick=True),
    sql("a rescue ends the job", 1, "functions/rag_leave.sql", "THEN 'failed' ELSE 'pending' END", "THEN 'failed' WHEN how = 'rescue' THEN 'done' ELSE 'pending' END", "the jobs of a vanished worker*", quick=True),
    sql("a rescue overlooks rows of no worker", 1, "rescue.sql",
        "(q.token IS NULL OR q.worker_id IN (SELECT id FROM dead) OR NOT EXISTS (SELECT FROM rag_workers AS w WHERE w.id = q.worker_id))",
        "q.worker_id IN (SELECT id FROM dead)", "running rows that belong to no worker*"),
    sql("a failure that is to be tried again is not", 1, "functions/rag_leave.sql", "THEN 'failed' ELSE 'pending' END", "THEN 'failed' WHEN how = 'fail' THEN 'done' ELSE 'pending' END", "a failure costs an attempt*"),
    plural("enqueue with ON CONFLICT DO NOTHING", 1,
           [(sql_file(TABLES), SOURCE_INDEX, PENDING_INDEX), (sql_file("functions/rag_enqueue_index.sql"), INSERT, "      VALUES ($6, $1, $2, $3, $4, $5) ON CONFLICT DO NOTHING;")],
           "many requests for one source*", quick=True),
    sql("a request for a source that runs is dropped", 1, "functions/rag_enqueue_index.sql", INSERT,
        "  SELECT $6, $1, $2, $3, $4, $5 WHERE NOT EXISTS (SELECT FROM rag_index_queue AS q WHERE q.status = 'running' AND q.source_id = $3);",
        "a request that arrives while its source runs*"),
    sql("a clock that steps back hides a request", 1, "functions/rag_lock_pending.sql", "q.status = 'pending'\n", "q.status = 'pending' AND q.created_at <= now()\n",
        "a clock that steps back*"),
    code("a lost answer is taken for success", 1, "lib/queue/outcome.cpp", 'if (row.status == "running") return Outcome::valid;',
         'if (row.status == "running") return Outcome::done;', "[doubt]"),
    code("a doubt is resolved while the commit is still under way", 1, "lib/queue/outcome.cpp",
         "  execute(connection, sql::await_commits, Params().add_array(jobs, &Job::id));\n", "", "who asks what became of a claim waits*", "pg_test"),
    code("a batch whose answer was lost is forgotten", 1, "lib/worker/consumer.cpp",
         "return outcome_of_doubts(connection, reports);", "return BatchResult{};", "[doubt]"),
    sql("what is made pending by hand waits for ever", 1, "functions/rag_reopen.sql", "WHEN (NEW.status NOT IN ('done', 'failed'))", "WHEN (false)", "whoever sets a status by hand*"),
    code("a claim never looks back", 1, "lib/queue/claim_cursor.hpp", "now < next_look_", "now < Clock::time_point::max()", "looking at everything*", "core_test"),
    sql("a row that is no request stops claims", 1, "functions/rag_claim.sql", "      PERFORM rag_refuse();\n", "      RAISE EXCEPTION 'no request';\n",
        "a row that is no request*"),
    sql("attempts overflow", 1, "functions/rag_leave.sql", "least(greatest(q.attempts, 0), 1000000) + 1", "q.attempts + 1", "no value that a row*"),
    sql("a running row of no claim blocks its source", 1, "rescue.sql", "q.token IS NULL OR ", "", "no value that a row is updated*"),
    sql("one row that is refused stops the rescue of all", 1, "functions/rag_leave.sql", "  IF cardinality(ids) > 1 THEN\n", "  IF false THEN\n",
        "a job that the owner*"),
    # 2. One at a time.
    plural("a claim does not look whether the source runs", 2,
           [(sql_file("functions/rag_run_single.sql"), "AND s.ctid <> q.ctid AND s.status IN ('pending', 'running') LIMIT 1", "AND s.ctid <> q.ctid AND s.status = 'pending' LIMIT 1")],
           "a claim goes on where*", quick=True),
    sql("a claim looks at the snapshot from before it had the locks", 2, "functions/rag_claim.sql", "current_setting('transaction_isolation') <> 'read committed'", "false",
        "a claim whose statements would not see*"),
    sql("a claim takes a source of which it does not hold every request", 2, "functions/rag_run_newest.sql", "HAVING bool_and(s.status = 'pending' AND s.ctid IN (SELECT unnest(locked)))",
        "HAVING bool_and(s.status = 'pending')", "two claims that each hold a request*", quick=True),
    sql("claims wait for one another", 2, "functions/rag_lock_pending.sql", "       FOR UPDATE OF q SKIP LOCKED;", "       FOR UPDATE OF q;",
        "claim against claim: the second takes other sources*"),
    sql("a claim gives up at the first source that it cannot have", 1, "functions/rag_claim.sql", "coalesce(sum(b.requests), 0)", "0",
        "a claim goes on where*"),
    # 3. The index never goes back in time.
    sql("the oldest request supersedes the newer", 3, "functions/rag_run_newest.sql", "(array_agg(s.id ORDER BY s.seq DESC,", "(array_agg(s.id ORDER BY s.seq,",
        "many requests for one source*", quick=True),
    sql("a failed request runs after a newer one", 3, "retry_failed.sql",
        "AND (n.seq, n.created_at, n.id) > (q.seq, q.created_at, q.id)", "AND false", "a failed request that a newer one has overtaken*"),
    sql("a group that is sent again runs again", 3, "functions/rag_drop_repeated.sql", "q.status::text = 'pending' AND EXISTS (SELECT FROM rag_index_queue_archive",
        "q.status::text = 'pending' AND false AND EXISTS (SELECT FROM rag_index_queue_archive", "a group that is sent again*"),
    sql("a rebuild brings back what was to be removed", 3, "rebuild.sql", "q.action = 'delete'", "q.action = 'never'",
        "a rebuild does not bring back*"),
    code("a removal is taken for an upsert", 3, "lib/worker/batch.cpp", ".removal = job.request.action == Action::remove", ".removal = false",
         "*whose removal is asked for*"),
    code("a source that is gone stays in the index", 3, "lib/worker/batch.cpp", "item->removal = node.empty();",
         "if (node.empty()) item->state = State::stored;", "*whose removal is asked for*"),
    sql("a removal leaves the document", 3, "delete_documents.sql", "WHERE d.organization_id", "WHERE false AND d.organization_id",
        "a removal takes document*"),
    sql("old chunks stay", 3, "delete_chunks.sql", "WHERE c.organization_id", "WHERE false AND c.organization_id", "an upsert replaces all of a document*"),
    sql("old edges stay", 3, "delete_edges.sql", "WHERE f.organization_id", "WHERE false AND f.organization_id", "edges follow the links*"),
    code("nodes that lose edges are not locked", 3, "lib/index/postgres_index_store.cpp", "store_nodes(transaction, documents, loosened);",
         "store_nodes(transaction, documents, {});", "two stores that take the last two edges*", "pg_test"),
    code("a changed document is taken for unchanged", 3, "lib/index/postgres_index_store.cpp", "return found != stored.end() &&",
         "return found != stored.end() ||", "the index follows the sources*"),
    # 4. All or nothing.
    plural("acknowledged before the transaction", 4,
           [("lib/worker/finish.cpp", "    Queue(connection_).complete(jobs);\n", ""),
            ("lib/worker/finish.cpp", "    pg::Transaction transaction(connection_);\n    const pg::SessionState session",
             "    Queue(connection_).complete(jobs);\n    pg::Transaction transaction(connection_);\n    const pg::SessionState session")],
           "a document that cannot be stored*", "worker_test"),
    plural("acknowledged after the transaction", 4,
           [("lib/worker/finish.cpp", "    Queue(connection_).complete(jobs);\n    transaction.commit();",
             "    transaction.commit();\n    Queue(connection_).complete(jobs);"),
            ("lib/worker/lock_claims.cpp", "locked != jobs.size()", "held > jobs.size()")],
           "a worker that lost a claim writes nothing*", "worker_test"),
    plural("acknowledged before the store has written", 4,
           [("lib/worker/finish.cpp", "    Queue(connection_).complete(jobs);\n", ""),
            ("lib/worker/finish.cpp", "    apply(upserts, removals, live", "    Queue(connection_).complete(jobs);\n    apply(upserts, removals, live")],
           "an index store that meddles*", "worker_test"),
    code("a swallowed error of the database passes for a commit", 4, "lib/db/transaction.cpp", '.command() != "COMMIT"', ".command().empty()", "a store that swallows*"),
    # 5. Fenced.
    sql("an acknowledgement without the token", 5, "functions/rag_finish.sql", " AND (claim IS NULL OR q.token = claim)\n        RETURNING", "\n        RETURNING", "a lost token changes nothing*", quick=True),
    sql("a failure without the token", 5, "functions/rag_leave.sql", " AND q.token IS NOT DISTINCT FROM l.token", " AND (how = 'fail' OR q.token IS NOT DISTINCT FROM l.token)", "a lost token changes nothing*", quick=True),
    sql("a release without the token", 5, "functions/rag_leave.sql", " AND q.token IS NOT DISTINCT FROM l.token", " AND (how = 'release' OR q.token IS NOT DISTINCT FROM l.token)", "a lost token changes nothing*"),
    sql("a question without the token", 5, "valid_claims.sql", TOKEN, "", "a lost token changes nothing*"),
    sql("a doubt resolved without the token", 5, "outcome.sql", TOKEN, "", "a late worker that asks*"),
    sql("a token used twice", 5, "functions/rag_claim.sql", "this := nextval('rag_claim_token')", "this := 1", "a lost token changes nothing*"),
    sql("a token from before the locks", 5, "functions/rag_claim.sql", "this := nextval('rag_claim_token')", "this := coalesce(this, nextval('rag_claim_token'))", "a claim goes on where*"),
    sql("an acknowledgement of what does not run", 5, "functions/rag_finish.sql", " AND q.status = from_status AND (claim IS NULL OR q.token = claim)\n        RETURNING",
        " AND (claim IS NULL OR q.token = claim)\n        RETURNING", "a release gives the job back*"),
    sql("a claim without a lease", 5, "functions/rag_claim.sql", "IF NOT EXISTS (SELECT FROM rag_workers AS w WHERE w.id = worker) THEN", "IF false THEN", "the jobs of a vanished worker*"),
    code("a late acknowledgement is not noticed", 5, "lib/queue/queue.cpp", "if (acknowledged != jobs.size())", "if (acknowledged > jobs.size())",
         "a lost token changes nothing*", "pg_test"),
    code("a worker whose lease was lost works on", 5, "lib/worker/shared_state.cpp", "  lost.request_stop();\n  wake_.notify_all();",
         "  wake_.notify_all();", "a worker whose lease was taken away*"),
    code("a worker that reaches nobody works on", 5, "lib/worker/shared_state.cpp", "std::min(grace_end_, lease_end_)", "grace_end_",
         "a worker that cannot reach the database*"),
    code("a worker reckons its lease from the answer", 5, "lib/worker/heartbeat.cpp", "state_.renew_lease(state_.worker_id(), before + lease_of",
         "state_.renew_lease(state_.worker_id(), SharedState::Clock::now() + lease_of", "a worker's own view of its lease*"),
    # 6. Enqueue never waits.
    sql("a unique index over pending rows", 6, TABLES, SOURCE_INDEX, PENDING_INDEX, "enqueue waits for nobody*", quick=True),
    sql("an enqueue locks its source", 6, "functions/rag_enqueue_index.sql", INSERT,
        INSERT + "\n  PERFORM pg_advisory_xact_lock(hashtext($3::text));", "enqueue waits for nobody*"),
    sql("an enqueue locks the table", 6, "functions/rag_enqueue_index.sql", INSERT,
        INSERT + "\n      LOCK TABLE rag_index_queue IN SHARE ROW EXCLUSIVE MODE;", "enqueue waits for nobody*"),
    # 7. Coalesced at claim.
    sql("each request runs", 7, "functions/rag_run_newest.sql", "SET status = 'done', superseded_by = n.id", "SET superseded_by = n.id", "many requests for one source*"),
    sql("superseded by nobody", 7, "functions/rag_run_newest.sql", "superseded_by = n.id,", "superseded_by = NULL,", "many requests for one source*"),
    # 8. Attempts are for jobs.
    code("an outage of the embedder is the job's fault", 8, "lib/worker/batch.cpp", "throw EmbedderDown{error, busy == nullptr ? std::chrono::milliseconds(0) : busy->retry_after()};",
         "throw Error(Fault::job, error.what());", "an outage gives all jobs back*"),
    code("an outage of the database is the job's fault", 8, "lib/db/sqlstate.cpp", "if (outage) return Fault::outage;",
         "if (outage) return Fault::job;", "the server's error code tells*", "pg_test"),
    sql("a release costs an attempt", 8, "functions/rag_leave.sql", "+ 1 ELSE q.attempts END", "+ 1 WHEN 'release' THEN q.attempts + 1 ELSE q.attempts END",
        "a release gives the job back*"),
    sql("a rescue costs an attempt", 8, "functions/rag_leave.sql", "+ 1 ELSE q.attempts END", "+ 1 WHEN 'rescue' THEN q.attempts + 1 ELSE q.attempts END",
        "the jobs of a vanished worker*", quick=True),
    sql("a failure costs nothing", 8, "functions/rag_leave.sql", "1000000) + 1 ELSE", "1000000) ELSE", "a failure costs an attempt*"),
    code("while the embedder is down, consumers claim", 8, "lib/worker/embedder_gate.cpp", "      wait(lock, stop);\n      return false;",
         "      return true;", "while the embedder is down nobody claims*"),
    # 9. One bad job stays one bad job.
    code("a fault is not bisected", 9, "lib/worker/bisect.hpp", "if (group.size() == 1) blame(group.front(), std::string_view(error.what()), permanent);",
         "for (auto& one : group) blame(one, std::string_view(error.what()), permanent);", "a call that fails without naming*"),
    code("a fault is bisected to one half", 9, "lib/worker/bisect.hpp", "  bisect(group.subspan(middle), step, blame);\n", "",
         "a document that cannot be stored*"),
    plural("a job that lost workers runs with others", 9,
           [(sql_file("functions/rag_lock_pending.sql"), "       AND (q.rescues > 0) = rescued\n", "       AND NOT rescued\n"),
            (sql_file("functions/rag_run_newest.sql"), "(rescued OR max(s.rescues) <= 0)", "true")],
           "a job that takes its workers with it*"),
    sql("a job that loses workers runs for ever", 9, "functions/rag_leave.sql", "how = 'rescue' AND l.lost >= 5 THEN 'failed'", "how = 'rescue' AND l.lost >= 500 THEN 'failed'", "a job whose workers vanish*"),
    sql("a newer request starts afresh", 9, "functions/rag_run_newest.sql", "rescues = w.lost", "rescues = q.rescues", "newer requests for a source*"),
    code("an embedder that falls at one job falls at all", 9, "lib/worker/suspects.cpp", "if (interruptions(job) >= runs_alone_after)",
         "if (interruptions(job) < 0)", "a job at which the embedder goes down*"),
    # 10. No invented vectors.
    code("vectors are not checked", 10, "lib/worker/batch.cpp", "    check_vectors(row, dimension);\n", "", "vectors that cannot be believed*"),
    code("zeros pass for a vector", 10, "lib/base/norm.hpp", "return std::isfinite(norm) && norm > 0;", "return std::isfinite(norm);", "vectors that cannot be believed*"),
    code("NaN passes for a number", 10, "lib/base/norm.hpp", "return std::isfinite(norm) && norm > 0;", "return norm != 0;", "vectors that cannot be believed*"),
    code("a refused text is embedded as it is", 10, "lib/worker/batch.cpp",
         "for (const Place& place : live[index]->places) reject(place, *refused);", "", "a text that the embedder refuses*"),
    # 11. No transaction while the embedder works.
    code("a transaction is open from the fetch to the store", 11, "lib/worker/batch.cpp", "void Batch::embed() {\n",
         'void Batch::embed() {\n  pg::execute_script(connection_, "BEGIN");\n', "no transaction is open while the embedder works*"),
    # 12. Stopping is safe.
    sql("a goodbye keeps the jobs", 12, "unregister_worker.sql", "AND worker_id = $1", "AND worker_id = $1 AND false", "a worker that says goodbye*",
        quick=True),
    code("a batch that is cancelled goes on", 12, "lib/worker/batch.cpp", "if (options_.stop.stop_requested()) throw Cancelled{};", "",
         "a batch that is cancelled*"),
    code("what is unfinished is not given back", 12, "lib/worker/finish.cpp", "queue.release(unfinished)", "unfinished.size()",
         "a batch that is cancelled*"),
    code("the grace time never ends", 12, "lib/worker/shared_state.cpp", "std::min(grace_end_, lease_end_)", "lease_end_",
         "*interrupted when the grace time is over*"),
    plural("a second signal is not heeded", 12,
           [("lib/worker/shared_state.cpp", "  over.request_stop();\n  stop();", "  stop();"),
            ("lib/worker/shared_state.cpp", "aborting_ ? Clock::time_point::min() : ", "")],
           "stopping finishes what is in flight*", "worker_test"),
    sql("a lease never ends", 12, "rescue.sql", "WHERE greatest(heartbeat_at, pg_postmaster_start_time()) + lease < clock_timestamp()",
        "WHERE false", "the jobs of a vanished worker*", quick=True),
    sql("a heartbeat saves nobody", 12, "rescue.sql", "greatest(heartbeat_at, pg_postmaster_start_time()) + lease < clock_timestamp()",
        "started_at + lease < clock_timestamp()", "a worker that is alive keeps its jobs*"),
    sql("time without a server counts", 12, "rescue.sql", "greatest(heartbeat_at, pg_postmaster_start_time())", "heartbeat_at",
        "a server that was down*"),
    plural("a heartbeat by the client's clock", 12,
           [(sql_file("heartbeat.sql"), "heartbeat_at = clock_timestamp(), idle", "heartbeat_at = to_timestamp($5::float8), idle"),
            ("lib/queue/lease.cpp", ".add(seconds).add(answer);",
             ".add(seconds).add(answer).add(std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count());")],
           "*clock is an hour*"),
    code("nobody looks after other workers", 12, "lib/worker/housekeeping.cpp",
         "rescued = rescue(connection);", "rescued = 0;", "when a worker is killed*"),
    sql("an enqueue wakes nobody", 12, "functions/rag_enqueue_index.sql",
        "lease OPERATOR(pg_catalog.>) pg_catalog.now());\n      RETURN $6;\n", "lease OPERATOR(pg_catalog.<) pg_catalog.now());\n      RETURN $6;\n", "an enqueue tells those who sleep*"),
    code("a notification wakes nobody", 12, "lib/worker/heartbeat.cpp", "if (notified) state_.wake_consumer();", "(void)notified;",
         "an idle worker is woken*"),
    code("a consumer that finds work wakes no other", 12, "lib/worker/consumer.cpp", "  state_.wake_consumer();  // there may be more; who finds nothing wakes nobody\n", "",
         "one notification of many requests*"),
    code("an error after the claim wakes the next consumer for the same job", 8, "lib/worker/consumer.cpp", "  if (!looked_) state_.wake_consumer();", "  state_.wake_consumer();",
         "a job that the database fails*"),
    code("a notification wakes every consumer", 12, "lib/worker/heartbeat.cpp", "if (notified) state_.wake_consumer();", "if (notified) state_.wake_consumers();",
         "one request wakes the consumer*"),
    code("a heartbeat that is back wakes nobody", 12, "lib/worker/heartbeat.cpp", "  told_idle_ = false;  // what was told meanwhile did not arrive\n", "",
         "what nobody heard of*"),
    code("a lease that is renewed late wakes nobody", 12, "lib/worker/heartbeat.cpp", "!told_idle_ || lapsed", "!told_idle_ || (lapsed && false)",
         "what nobody heard of*"),
    code("a consumer that goes to sleep looks only at its poll", 12, "lib/worker/consumer.cpp", "  pause_ = first_pause;\n",
         "  pause_ = state_.options.poll_interval;\n", "a worker that has just gone to sleep*"),
    code("an idle worker does not say so", 12, "lib/worker/consumer.cpp", "  set_idle(true);\n", "", "an idle worker is woken*"),
    code("a consumer's statements are kept in a session that is not its own", 12, "lib/worker/consumer.cpp",
         "if (pg::set_up_own_session(connection.get())) {", "if (pg::set_up_own_session(connection.get()) || true) {", "through PgBouncer in transaction mode*"),
    code("a connection that was reset counts as prepared", 6, "lib/db/prepared.cpp", "if (event == PGEVT_CONNRESET) {", "if (event == PGEVT_CONNDESTROY) {",
         "a connection that was reset*", "pg_test"),
    code("a session that has forgotten counts as prepared", 6, "lib/db/prepared.cpp", "if (forgets(created->result))", "if (forgets(created->result) && created->conn == nullptr)",
         "a session that was made to forget*", "pg_test"),
    sql("another schema's function takes a kept statement's call", 13, "enqueue.sql", "$5::integer", "$5", "a kept statement calls no function*"),
    # 13. Tenants are apart.
    code("a fetch without app.current_org", 13, "lib/index/source_query.cpp", "set_config('app.current_org', $1, true)", "$1::text",
         "the organization that a fetch sets*", "pg_test"),
    code("a fetch's organization outlives it", 13, "lib/index/source_query.cpp", "set_config('app.current_org', $1, true)",
         "set_config('app.current_org', $1, false)", "the organization that a fetch sets*", "pg_test"),
    plural("a search by vector in all organizations", 13,
           [(sql_file("search_nearest.sql"), "WHERE c.organization_id = $1 AND NOT c.adopted", "WHERE ($1::uuid IS NOT NULL) AND NOT c.adopted"),
            (sql_file("search_nearest.sql"), "ON d.organization_id = $1 AND d.id = best.document_id\n  JOIN rag_chunks AS c ON c.organization_id = $1 AND c",
             "ON d.id = best.document_id\n  JOIN rag_chunks AS c ON c")],
           "beside a large organization*", quick=True),
    plural("a search by words in all organizations", 13,
           [(sql_file("functions/rag_rank_words.sql"), "WHERE c.organization_id = $1 AND c.terms", "WHERE c.terms"),
            (sql_file("functions/rag_rank_words.sql"), "WHERE d.organization_id = $1 AND d.title_terms", "WHERE d.title_terms"),
            (sql_file("search_text.sql"), "ON d.organization_id = $1 AND d.id = word.document_id", "ON d.id = word.document_id"),
            (sql_file("search_text.sql"), "ON d.organization_id = $1 AND d.id = ranked.id", "ON d.id = ranked.id")],
           "another organization's documents are never found"),
    plural("an exact search in all organizations", 13,
           [(sql_file("search_exact.sql"), "WHERE d.organization_id = $1 AND NOT c.adopted", "WHERE ($1::uuid IS NOT NULL) AND NOT c.adopted"),
            (sql_file("search_exact.sql"), "ON d.organization_id = $1 AND d.id = best.document_id\n  JOIN rag_chunks AS c ON c.organization_id = $1 AND c",
             "ON d.id = best.document_id\n  JOIN rag_chunks AS c ON c")],
           "another organization's documents are never found"),
    plural("a walk leaves the organization", 13,
           [(sql_file("related_start.sql"), "WHERE organization_id = $1 AND node_type", "WHERE $1::uuid IS NOT NULL AND node_type"),
            (sql_file("related_step.sql"), "WHERE e.organization_id = $1 AND e.from_node_id", "WHERE e.from_node_id"),
            (sql_file("related_step.sql"), "WHERE e.organization_id = $1 AND e.to_node_id", "WHERE e.to_node_id"),
            (sql_file("related_step.sql"), "ON n.organization_id = $1 AND n.id = best.id", "ON n.id = best.id"),
            (sql_file("related_step.sql"), "ON v.organization_id = $1 AND v.id = best.via", "ON ($1::uuid IS NOT NULL) AND v.id = best.via")],
           "a walk never leaves*"),
    sql("a removal in all organizations", 13, "delete_documents.sql", "d.organization_id = source.organization_id AND ", "", "organizations are apart*",
        quick=True),
    sql("edges removed in all organizations", 13, "delete_edges.sql", "WHERE f.organization_id = source.organization_id AND f.node_type", "WHERE f.node_type",
        "organizations are apart*"),
    sql("no row-level security over chunks", 13, "policies.sql", "ALTER TABLE rag_chunks ENABLE ROW LEVEL SECURITY;\n", "",
        "every table that has an organization*"),
    sql("an enqueuer reaches other organizations", 13, "policies.sql",
        "WITH CHECK (organization_id = coalesce(rag_current_organization(), organization_id) AND", "WITH CHECK (", "who enqueues does so for all*"),
)
