#include "layer/redis/publish_queue.hpp"

#include "layer/redis/channels.hpp"

#include <utility>

namespace chanx::detail {

void PublishQueue::drop_front() {
    const Item& item = items_.front();
    const std::string channel(channel_key(item.group, item.event->kind()));
    if (is_numbered(item.group, item.event->kind()) &&
        (dropped_.size() < max_dropped_groups || dropped_.contains(channel))) {
        ++dropped_[channel];
    }
    ++dropped_count_;
    bytes_ -= item.size();
    items_.pop_front();
}

bool PublishQueue::push(Item item) {
    const std::lock_guard lock(mutex_);
    const bool was_empty = items_.empty();
    bytes_ += item.size();
    items_.push_back(std::move(item));
    while (items_.size() > limits_.count || bytes_ > limits_.bytes) drop_front();
    return was_empty;
}

PublishQueue::Batch PublishQueue::take(std::size_t count, std::size_t bytes) {
    Batch batch;
    const std::lock_guard lock(mutex_);
    batch.dropped = std::exchange(dropped_, {});
    std::size_t taken = 0;
    while (!items_.empty() && batch.items.size() < count && (taken == 0 || taken < bytes)) {
        taken += items_.front().size();
        bytes_ -= items_.front().size();
        batch.items.push_back(std::move(items_.front()));
        items_.pop_front();
    }
    return batch;
}

void PublishQueue::drop_older(TimePoint now) {
    const std::lock_guard lock(mutex_);
    while (!items_.empty() && now - items_.front().queued_at > limits_.age) drop_front();
}

PublishQueue::Counts PublishQueue::counts() const {
    const std::lock_guard lock(mutex_);
    return {items_.size(), bytes_, dropped_count_};
}

}  // namespace chanx::detail
