#include "application.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <utility>

#include "db/statement.hpp"
#include "db/transaction.hpp"
#include "desk.hpp"
#include "ragqueue/connection.hpp"
#include "ragqueue/enqueue.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue::torture {

using namespace std::chrono_literals;

/// One thread of it, with a connection of its own.
class Application::Writer {
 public:
  Writer(Application& application, std::uint64_t seed) : application_(application), random_(seed) {}

  void work() {
    while (!application_.stopping_) {
      try {
        if (!connection_ || !pg::idle(connection_->get())) connection_.emplace(application_.conninfo_());
        transact();
        pause(0ms, 25ms);
      } catch (const Error&) {
        connection_.reset();  // the server is out, or a neighbour was in the way; another deed follows
        pause(10ms, 60ms);
      }
    }
  }

 private:
  void transact() {
    jobs_.clear();
    edits_ = deletions_ = 0;
    pg::Transaction transaction(connection_->get());
    pg::execute_script(connection_->get(), "SET LOCAL lock_timeout = '1s'");
    // One row a transaction where it lasts: two could wait for each other.
    const bool lasting = chance(4);
    act(pick(application_.sources_));
    for (int more = lasting ? 0 : number(0, 1); more > 0; --more) act(pick(application_.sources_));
    if (lasting) pause(200ms, 1200ms);
    const bool rolled_back = chance(8);
    if (!rolled_back) transaction.commit();
    const std::scoped_lock lock(application_.mutex_);
    Deeds& deeds = application_.deeds_;
    if (rolled_back) {
      ++deeds.rollbacks;
    } else {
      deeds.committed.insert(jobs_.begin(), jobs_.end());
      deeds.edits += edits_;
      deeds.deletions += deletions_;
    }
  }

  void act(const SourceKey& source) {
    switch (number(0, 9)) {
      case 0:
      case 1:
        return erase(source);
      case 2:  // nothing changed, asked for again and again
        for (int burst = number(2, 12); burst > 0; --burst) ask(source, Action::upsert);
        return;
      case 3:  // by another program, which knows only the table
        write(source);
        return insert_plainly(source);
      case 4:
        write(source);
        enqueue_index(connection_->get(), std::vector<Request>(static_cast<std::size_t>(number(1, 5)),
                                                               Request{.source = source}));
        return;
      default:
        write(source);
        for (int burst = chance(10) ? number(2, 10) : 1; burst > 0; --burst) ask(source, Action::upsert);
    }
  }

  void ask(const SourceKey& source, Action action) {
    jobs_.push_back(enqueue_index(connection_->get(),
                                  Request{.source = source, .action = action, .priority = number(4, 6)}));
  }

  void insert_plainly(const SourceKey& source) {
    const pg::Result row =
        pg::execute(connection_->get(),
                    "INSERT INTO rag_index_queue (organization_id, source_type, source_id, "
                    "action) VALUES ($1, $2, $3, 'upsert') RETURNING id",
                    pg::Params().add(source.organization_id).add(source.source_type).add(source.source_id));
    jobs_.push_back(row.get<Uuid>(0, 0));
  }

  /// Removal is asked for only by whoever deleted the row, and so holds its lock: nobody can recreate it and
  /// ask before.
  void erase(const SourceKey& source) {
    const std::string_view table = table_of(source);
    const bool gone = pg::execute(connection_->get(), fmt::format("DELETE FROM {} WHERE id = $1", table),
                                  pg::Params().add(source.source_id))
                          .affected() == 1;
    if (gone) ++deletions_;
    ask(source, gone && !chance(30) ? Action::remove : Action::upsert);
  }

  void write(const SourceKey& source) {
    const std::string subject = new_subject(source);
    pg::Params params;
    params.add(source.source_id).add(source.organization_id).add(subject).add(new_text());
    const std::string_view table = table_of(source);
    if (table == "tickets") {
      pg::execute(connection_->get(),
                  "INSERT INTO tickets VALUES ($1, $2, $3, $4, NULL, 'open') ON CONFLICT (id) DO UPDATE SET "
                  "subject = $3, description = $4",
                  params);
    } else if (table == "kb_articles") {
      pg::execute(connection_->get(),
                  "INSERT INTO kb_articles VALUES ($1, $2, $3, $4, 'public') ON CONFLICT (id) DO UPDATE SET "
                  "title = $3, content = $4",
                  params);
    } else {
      pg::execute(
          connection_->get(),
          "INSERT INTO wiki_pages VALUES ($1, $2, $3, $4, $5::text::jsonb) ON CONFLICT (id) DO UPDATE "
          "SET title = $3, body = $4, links = $5::text::jsonb",
          params.add(new_links()));
    }
    ++edits_;
  }

  std::string new_subject(const SourceKey& source) {
    std::string subject = fmt::format("matter {}", application_.version_++);
    const bool refused = chance(4), flaky = chance(10);
    if (refused) subject.append(" ").append(refused_word);
    if (flaky) subject.append(" ").append(flaky_word);
    if (refused || flaky) {
      const std::scoped_lock lock(application_.mutex_);
      application_.deeds_.own_fault.insert(source);
    }
    return subject;
  }

  std::string new_text() {
    std::string text;
    for (int sentence = number(0, 24); sentence > 0; --sentence) {
      text += fmt::format("Item {} of the {} is number {}. ", sentence, chance(50) ? "printer" : "mouse",
                          number(0, 1'000'000));
      if (chance(20)) text += "\n\n";
    }
    return text;
  }

  std::string new_links() {
    std::string links = "[";
    for (int count = number(0, 4); count > 0; --count) {
      const SourceKey& target = pick(application_.sources_);
      links += fmt::format(R"({}{{"source_type": "{}", "source_id": "{}", "weight": {}}})",
                           links.size() > 1 ? ", " : "", target.source_type, target.source_id.to_string(),
                           number(1, 9));
    }
    return links + "]";
  }

  static std::string_view table_of(const SourceKey& source) {
    if (source.source_type == "ticket") return "tickets";
    return source.source_type == "kb" ? "kb_articles" : "wiki_pages";
  }

  int number(int least, int most) { return std::uniform_int_distribution<>(least, most)(random_); }
  bool chance(int percent) { return number(1, 100) <= percent; }
  const SourceKey& pick(const std::vector<SourceKey>& sources) {
    return sources[static_cast<std::size_t>(number(0, static_cast<int>(sources.size()) - 1))];
  }
  void pause(std::chrono::milliseconds least, std::chrono::milliseconds most) {
    std::this_thread::sleep_for(
        std::chrono::milliseconds(number(static_cast<int>(least.count()), static_cast<int>(most.count()))));
  }

  Application& application_;
  std::mt19937_64 random_;
  std::optional<Connection> connection_;
  std::vector<Uuid> jobs_;
  std::size_t edits_ = 0, deletions_ = 0;
};

Application::Application(std::vector<SourceKey> sources, std::function<std::string()> conninfo,
                         std::uint64_t seed)
    : sources_(std::move(sources)), conninfo_(std::move(conninfo)) {
  constexpr std::uint64_t writers = 3;
  for (std::uint64_t writer = 0; writer < writers; ++writer) {
    threads_.emplace_back([this, seed, writer] { Writer(*this, seed * writers + writer).work(); });
  }
}

Application::~Application() {
  (void)finish();
}

Deeds Application::finish() {
  stopping_ = true;
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  return std::exchange(deeds_, {});
}

}  // namespace ragqueue::torture
