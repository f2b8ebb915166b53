#include "ragqueue/connection.hpp"
