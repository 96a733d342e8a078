package millrace.proactor.backend.contract;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import millrace.proactor.backend.BackendUnderTest;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** A sentence of the contract that one backend does not keep: the test is reported as skipped. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NotOn.Condition.class)
@interface NotOn {

  /** The backend. */
  BackendUnderTest value();

  /**
   * Why not; what a user can see of it is a difference listed at {@code BackendChoice} or {@code
   * Backend}.
   */
  String because();

  /** Skips the test there. */
  final class Condition implements ExecutionCondition {

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      return AnnotationSupport.findAnnotation(context.getElement(), NotOn.class)
          .filter(annotation -> annotation.value() == BackendUnderTest.current())
          .map(annotation -> ConditionEvaluationResult.disabled(annotation.because()))
          .orElse(ConditionEvaluationResult.enabled("part of the contract"));
    }
  }
}
