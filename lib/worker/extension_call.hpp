#pragma once

#include <cxxabi.h>

#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <typeinfo>

#include "ragqueue/error.hpp"

namespace ragqueue {

/// The type of the exception that is being handled, as C++ writes it.
inline std::string current_exception_type() {
  const std::type_info* const type = abi::__cxa_current_exception_type();
  if (type == nullptr) return "an unknown type";
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(type->name(), nullptr, nullptr, nullptr), &std::free);
  return name ? name.get() : type->name();
}

/// Calls an extension point. Whatever it throws leaves as an Error: what is none is the job's fault.
template <class Call>
auto call_extension(const Call& call) -> decltype(call()) {
  try {
    return call();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Error(Fault::job, error.what());
  } catch (...) {
    throw Error(Fault::job,
                "it threw a value of type " + current_exception_type() + ", which is no std::exception");
  }
}

}  // namespace ragqueue
