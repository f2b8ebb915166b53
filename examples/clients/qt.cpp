// Qt SQL: parameters by name, in their order. Qt throws nothing; exec() says whether it went well.
#include <QtCore/QCoreApplication>
#include <QtCore/QVariant>
#include <QtSql/QSqlDatabase>
#include <QtSql/QSqlError>
#include <QtSql/QSqlQuery>
#include <iostream>

#include "database.hpp"

namespace {

QSqlError enqueue(const QSqlDatabase& db, const ragqueue::EnqueueStatement& statement) {
  QSqlQuery query(db);
  query.prepare(QString::fromStdString(statement.sql));
  for (const std::string& parameter : statement.parameters)
    query.addBindValue(QString::fromStdString(parameter));
  query.exec();
  return query.lastError();
}

ragqueue::EnqueueStatement statement_of(const Ticket& ticket) {
  return ragqueue::enqueue_statement(request_of(ticket), ragqueue::Placeholders::named);
}

/// Qt takes the parts of a connection string one by one, and whatever it does not know as options.
QSqlDatabase open(const std::string& conninfo) {
  QSqlDatabase db = QSqlDatabase::addDatabase("QPSQL");
  db.setConnectOptions(QString::fromStdString(conninfo).replace(' ', ';'));
  if (!db.open()) std::cerr << db.lastError().text().toStdString();
  return db;
}

}  // namespace

int main(int count, char** arguments) {
  const QCoreApplication application(count, arguments);
  const Database database;
  QSqlDatabase db = open(database.conninfo());
  db.transaction();
  enqueue(db, statement_of(Ticket{}));
  db.rollback();
  std::cout << "after rollback: " << database.pending() << " pending\n";
  db.transaction();
  enqueue(db, statement_of(Ticket{}));
  db.commit();
  std::cout << "after commit: " << database.pending() << " pending\n";

  try {
    (void)statement_of(Ticket{.id = "42"});
  } catch (const ragqueue::InvalidInput& error) {
    std::cout << "refused before it is sent: " << error.field() << '\n';
  }
  ragqueue::EnqueueStatement wrong = statement_of(Ticket{});
  wrong.parameters[3] = "explode";
  std::cout << "refused by the server: QSqlError " << enqueue(db, wrong).nativeErrorCode().toStdString()
            << '\n';
}

// Output:
// after rollback: 0 pending
// after commit: 1 pending
// refused before it is sent: source_id
// refused by the server: QSqlError 23514
