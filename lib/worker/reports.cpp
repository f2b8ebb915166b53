#include "worker/reports.hpp"

namespace ragqueue {

std::string_view to_string(JobOutcome outcome) noexcept {
  switch (outcome) {
    case JobOutcome::done:
      return "done";
    case JobOutcome::retried:
      return "retried";
    case JobOutcome::failed:
      return "failed";
    case JobOutcome::released:
      return "released";
    case JobOutcome::lost:
      break;
  }
  return "lost";
}

void Reports::job(const JobReport& report) const {
  if (wants_jobs()) push_([observer = observer_, report] { observer->job(report); });
}

void Reports::batch(const BatchReport& report) const {
  if (observer_ && observer_->batch) push_([observer = observer_, report] { observer->batch(report); });
}

void Reports::outage(const OutageReport& report) const {
  if (observer_ && observer_->outage) push_([observer = observer_, report] { observer->outage(report); });
}

ReportQueue::ReportQueue(const WorkerObserver& observer) {
  if (!observer.job && !observer.batch && !observer.outage) return;
  queue_.emplace("rag-observer");
  reports_.observer_ = std::make_shared<const WorkerObserver>(observer);
  reports_.push_ = queue_->entrance();
  reports_.drops_ = queue_->drops();
}

}  // namespace ragqueue
