#include <chanx/metrics/metrics.hpp>

#include <chanx/metrics/collectable.hpp>

#include <prometheus/text_serializer.h>

#include <iterator>

namespace chanx {

std::string render_metrics(const Application& application) {
    auto families = ApplicationCollectable(application).Collect();
    auto of_process = ProcessCollectable().Collect();
    families.insert(families.end(), std::move_iterator(of_process.begin()),
                    std::move_iterator(of_process.end()));
    return prometheus::TextSerializer().Serialize(families);
}

}  // namespace chanx
